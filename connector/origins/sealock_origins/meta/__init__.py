# SPDX-License-Identifier: Apache-2.0
"""What the connectors for Facebook and Instagram share: Meta's Graph API as documented, and no connector itself."""
