# SPDX-License-Identifier: Apache-2.0
"""What a page says once, after what was asked for is done: named in the address, so that nothing is remembered."""

from __future__ import annotations

from falcon.asgi import Request

WORDS = {
    "installed": "The integration is installed. Next, add an account: it is what brings tickets.",
    "read": "The manifest was read again.",
    "removed": "The integration was removed with its accounts. Its tickets stay.",
    "added": "The account was added. It is pulled from now on.",
    "edited": "The account was saved.",
    "pulled": "The account was pulled.",
    "interval": "The interval was changed.",
    "active": "The account is active again.",
    "inactive": "The account is not active any more: no pulls, and no replies go out.",
    "paused": "Pulls are paused: the account is pulled only when you say so.",
    "resumed": "The account is pulled by itself again.",
    "deleted": "The account was deleted. Its tickets stay.",
}


def confirmation(request: Request) -> str:
    """The sentence that `done` in the address names; empty for none."""
    return WORDS.get(request.get_param("done") or "", "")
