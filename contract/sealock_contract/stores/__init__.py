# SPDX-License-Identifier: Apache-2.0
"""What edge and connectors have in common of their stores: names in settings, files, and connections to Valkey."""
