# SPDX-License-Identifier: Apache-2.0
"""
A local Zendesk: plays Zendesk's side of the Channel framework on this machine.

It installs integrations from their manifest URLs, adds accounts through their admin UI, pulls, makes tickets, sends
agents' replies and event callbacks, and records whatever breaks the protocol.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sealock_devkit.zendesk.local_zendesk import LocalZendesk
    from sealock_devkit.zendesk.settings import Settings

__all__ = ["LocalZendesk", "Settings"]

_MODULES = {"LocalZendesk": "sealock_devkit.zendesk.local_zendesk", "Settings": "sealock_devkit.zendesk.settings"}


def __getattr__(name: str) -> Any:
    """Either of the two, loaded when somebody asks for it: subcommands and `sealock --help` need no whole Zendesk."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
