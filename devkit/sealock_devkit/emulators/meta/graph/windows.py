# SPDX-License-Identifier: Apache-2.0
"""Until when a Page or account may write to a person."""

from __future__ import annotations

from sealock_devkit.emulators.meta.clock import DAY
from sealock_devkit.emulators.meta.errors import GraphError, bad_parameter, refused
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.people import Account, Contact, Page

STANDARD_SECONDS = DAY
HUMAN_AGENT_SECONDS = 7 * DAY
RETIRED_TAGS = ("ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "CUSTOMER_FEEDBACK")


def check_window(call: Call, owner: Account, contact: Contact) -> None:
    """Raise `GraphError` unless a message of the call's `messaging_type` and `tag` may be sent now."""
    kind = call.params.get("messaging_type")
    tag = call.params.get("tag")
    if kind not in {"", "RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        raise bad_parameter("param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
    if kind == "MESSAGE_TAG" and not tag:
        raise bad_parameter("The parameter tag is required with MESSAGE_TAG")
    if tag in RETIRED_TAGS:
        raise bad_parameter(f"The tag {tag} is no longer supported")
    if tag and tag != "HUMAN_AGENT":
        raise bad_parameter("param tag must be HUMAN_AGENT")
    if tag and not call.world.settings.human_agent:
        raise refused("permission", "(#10) Application does not have the Human Agent feature")
    passed = call.world.now() - contact.opened_at
    if passed >= (HUMAN_AGENT_SECONDS if tag else STANDARD_SECONDS):
        raise _closed(owner)


def _closed(owner: Account) -> GraphError:
    return refused("window" if isinstance(owner, Page) else "instagram_window")
