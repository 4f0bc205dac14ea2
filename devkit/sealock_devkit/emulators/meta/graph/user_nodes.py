# SPDX-License-Identifier: Apache-2.0
"""The person behind a user token, the Pages of theirs, and the app."""

from __future__ import annotations

from typing import Any

from sealock_devkit.emulators.meta.graph import installing
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.page_nodes import PAGE
from sealock_devkit.emulators.meta.graph.paging import Entry, Listing
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.schema import Edge, Field, NodeType
from sealock_devkit.emulators.meta.people import Page, Person


def _read_accounts(call: Call, person: Person, _: Params) -> Listing:
    call.need("pages_show_list")
    granted = [page for page in call.world.pages if page.id in call.grant.page_ids]
    return Listing([Entry([page.id], page) for page in granted if person.id in page.tasks])


async def _permissions(call: Call, _: Person) -> dict[str, Any]:
    grant = call.grant
    granted = [{"permission": scope, "status": "granted"} for scope in grant.scopes]
    return {"data": [*granted, *({"permission": scope, "status": "declined"} for scope in grant.declined)]}


async def _revoke(call: Call, person: Person) -> dict[str, bool]:
    """`DELETE /me/permissions`: the person takes the app off the profile."""
    call.domain.tokens.end(person.id, "removed")
    return {"success": True}


def _tasks(call: Call, page: Page) -> list[str]:
    return page.tasks.get(call.grant.person_id, [])


USER = NodeType(
    "User",
    {
        "id": Field(lambda _, person: person.id, default=True),
        "name": Field(lambda _, person: person.name, default=True),
        "first_name": Field(lambda _, person: person.name.split()[0]),
    },
    edges={"accounts": Edge(_read_accounts, "Account")},
    reads={"permissions": _permissions},
    deeds={("DELETE", "permissions"): _revoke},
)
ACCOUNT = NodeType(
    "Page",
    {
        **PAGE.fields,
        "access_token": Field(PAGE.fields["access_token"].read, default=True),
        "category": Field(PAGE.fields["category"].read, default=True),
        "tasks": Field(_tasks, default=True),
    },
    edges=PAGE.edges,
)
APPLICATION = NodeType(
    "Application",
    {
        "id": Field(lambda call, _: call.world.keys.app_id, default=True),
        "name": Field(lambda *_: "Sealock", default=True),
    },
    reads={"subscriptions": installing.subscriptions},
    deeds={
        ("POST", "subscriptions"): installing.subscribe,
        ("DELETE", "subscriptions"): installing.unsubscribe,
    },
)
