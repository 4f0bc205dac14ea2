# SPDX-License-Identifier: Apache-2.0
"""Instagram in the demo: the emulator of Meta's Graph API."""
