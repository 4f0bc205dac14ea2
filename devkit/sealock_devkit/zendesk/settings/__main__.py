# SPDX-License-Identifier: Apache-2.0
"""Prints the page of the documentation that lists all settings."""

from __future__ import annotations

from sealock_devkit.zendesk.settings.page import settings_page

if __name__ == "__main__":
    print(settings_page(), end="")
