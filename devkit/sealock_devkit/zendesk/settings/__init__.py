# SPDX-License-Identifier: Apache-2.0
"""How the local Zendesk behaves where it is not known how Zendesk does."""

from __future__ import annotations

from sealock_devkit.zendesk.settings.checks import BadSetting, words
from sealock_devkit.zendesk.settings.declared import Declared
from sealock_devkit.zendesk.settings.settings import Settings, all_declared, parse_setting, parse_value

__all__ = ["BadSetting", "Declared", "Settings", "all_declared", "parse_setting", "parse_value", "words"]
