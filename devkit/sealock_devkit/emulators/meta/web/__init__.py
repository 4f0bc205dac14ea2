# SPDX-License-Identifier: Apache-2.0
"""What people open in a browser: the sign-in dialogs, the customers' pages, permalinks."""
