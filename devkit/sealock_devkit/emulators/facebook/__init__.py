# SPDX-License-Identifier: Apache-2.0
"""Facebook in the demo: the emulator of Meta's Graph API."""
