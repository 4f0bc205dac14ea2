# SPDX-License-Identifier: Apache-2.0
"""
A local Zendesk: plays Zendesk's side of the Channel framework on this machine.

It installs integrations from their manifest URLs, adds accounts through their admin UI, pulls, makes tickets, sends
agents' replies and event callbacks, and records whatever breaks the protocol.
"""

from __future__ import annotations

from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.settings import Settings

__all__ = ["LocalZendesk", "Settings"]
