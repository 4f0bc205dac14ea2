# SPDX-License-Identifier: Apache-2.0
"""What connectors are developed and tested on: a guestbook, a real WordPress, an emulator of Meta; a package each."""
