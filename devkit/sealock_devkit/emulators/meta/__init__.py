# SPDX-License-Identifier: Apache-2.0
"""An emulator of Meta's Graph API: Facebook Pages, Messenger and Instagram, with people to write there."""
