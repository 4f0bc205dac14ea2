# SPDX-License-Identifier: Apache-2.0
"""The kinds of nodes, and how the one that an id means is found, if the caller may see it; users and the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sealock_devkit.emulators.meta.graph import webhook_subscriptions
from sealock_devkit.emulators.meta.graph.call import FACEBOOK, INSTAGRAM, Call
from sealock_devkit.emulators.meta.graph.comments import COMMENT
from sealock_devkit.emulators.meta.graph.conversations import (
    CONVERSATION,
    INSTAGRAM_USER,
    MESSAGE,
    MESSENGER_USER,
    is_readable,
    need_messaging,
)
from sealock_devkit.emulators.meta.graph.errors import GraphError, gone, refused
from sealock_devkit.emulators.meta.graph.instagram import IG_COMMENT, IG_MEDIA, IG_USER, is_restricted
from sealock_devkit.emulators.meta.graph.nodes import Edge, Entry, Field, Listing, NodeType
from sealock_devkit.emulators.meta.graph.pages import PAGE, POST
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import INSTAGRAM_PROFILE, PROFILE
from sealock_devkit.emulators.meta.records import Account, Contact, Message, Page, Person


def _read_accounts(call: Call, person: Person, _: Params) -> Listing:
    call.need("pages_show_list")
    granted = [page for page in call.store.pages if page.id in call.grant.page_ids]
    return Listing([Entry([page.id], page) for page in granted if person.id in page.tasks])


async def _permissions(call: Call, _: Person) -> dict[str, Any]:
    grant = call.grant
    granted = [{"permission": scope, "status": "granted"} for scope in grant.scopes]
    return {"data": [*granted, *({"permission": scope, "status": "declined"} for scope in grant.declined)]}


async def _revoke(call: Call, person: Person) -> dict[str, bool]:
    """`DELETE /me/permissions`: the person takes the app off the profile."""
    call.emulator.tokens.end(person.id, "removed")
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
    writes={("DELETE", "permissions"): _revoke},
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
        "id": Field(lambda call, _: call.store.keys.app_id, default=True),
        "name": Field(lambda *_: "Sealock", default=True),
    },
    reads={"subscriptions": webhook_subscriptions.subscriptions},
    writes={
        ("POST", "subscriptions"): webhook_subscriptions.subscribe,
        ("DELETE", "subscriptions"): webhook_subscriptions.unsubscribe,
    },
)


TYPES: Mapping[str, NodeType] = {
    "User": USER,
    "Account": ACCOUNT,
    "Application": APPLICATION,
    "Page": PAGE,
    "PagePost": POST,
    "Comment": COMMENT,
    "UnifiedThread": CONVERSATION,
    "Message": MESSAGE,
    "UserContext": MESSENGER_USER,
    "IGMessagingUser": INSTAGRAM_USER,
    "IGUser": IG_USER,
    "IGMedia": IG_MEDIA,
    "IGComment": IG_COMMENT,
    "Profile": PROFILE,
    "IGCommentFromUser": INSTAGRAM_PROFILE,
}
"""All kinds of nodes."""


@dataclass(frozen=True, slots=True)
class AppNode:
    """The app as a node."""

    id: str


def locate(call: Call, node_id: str) -> tuple[str, Any]:
    """The kind and the object of an id. Raises `GraphError`: there is none, or none for this caller."""
    if node_id == "me":
        return _me(call)
    if node_id == call.store.keys.app_id and call.host == FACEBOOK:
        if call.token is not None:
            raise refused("malformed", "(#190) This method must be called with an app access token")
        return "Application", AppNode(node_id)
    if call.token is None:
        raise gone(node_id, call.method)
    kind, found = _found(call, node_id)
    _check_merged(call, kind, found)
    if found is None or not _sees(call, kind, found):
        raise gone(node_id, call.method)
    return kind, found


def _check_merged(call: Call, kind: str, found: Any) -> None:
    """A Page that became part of another one, and what was on it, has moved: 21."""
    pages: Mapping[str, Callable[[], str]] = {
        "Page": lambda: str(found.id),
        "PagePost": lambda: str(found.page_id),
        "Comment": lambda: call.store.posts[found.post_id].page_id,
    }
    page = call.store.pages.get(pages[kind]()) if kind in pages else None
    if page is not None and page.merged_into:
        raise refused(
            "moved",
            f"(#21) Page ID {page.id} was migrated to page ID {page.merged_into}. "
            "Please update your API calls to the new ID",
        )


def _me(call: Call) -> tuple[str, Any]:
    if call.token is None:
        raise refused("no_token")
    if call.kind == "page":
        page = call.store.pages[call.token.page_id]
        _check_merged(call, "Page", page)
        if page.deleted:
            raise gone("me", call.method)
        return "Page", page
    if call.host == INSTAGRAM:
        account = call.own_instagram()
        if not account.professional:
            raise gone("me", call.method)
        return "IGUser", account
    return "User", call.store.people[call.grant.person_id]


def _found(call: Call, node_id: str) -> tuple[str, Any]:
    store = call.store
    tables: tuple[tuple[str, Any], ...] = (
        ("Page", store.pages),
        ("PagePost", store.posts),
        ("Comment", store.comments),
        ("UnifiedThread", store.conversations),
        ("Message", store.messages),
        ("IGUser", store.instagrams),
        ("IGMedia", store.media),
        ("IGComment", store.media_comments),
    )
    for kind, table in tables:
        if node_id in table:
            return kind, table[node_id]
    contact = store.contact_by_scoped_id(node_id)
    if contact is not None:
        return ("UserContext" if contact.owner_id in store.pages else "IGMessagingUser"), contact
    if call.host == INSTAGRAM and node_id == call.own_instagram().app_scoped_id:
        return "IGUser", call.own_instagram()
    if call.kind == "user" and node_id == call.grant.person_id:
        return "User", store.people[node_id]
    return "", None


def _sees(call: Call, kind: str, found: Any) -> bool:
    if kind == "User":
        return True
    if not _is_there(found):
        return False
    if call.host == INSTAGRAM and kind in {"Page", "PagePost", "Comment", "UserContext"}:
        return False
    owner = _owner(call, kind, found)
    if owner is None or not _is_there(owner):
        return False
    return _may_see_more(call, kind, found, owner) if _reaches(call, owner) else _foreign(kind)


def _is_there(found: Any) -> bool:
    """Whether it was not taken away, and is no personal account."""
    return not getattr(found, "deleted", False) and getattr(found, "professional", True)


def _reaches(call: Call, owner: Account) -> bool:
    return call.sees_page(owner) if isinstance(owner, Page) else call.sees_instagram(owner)


def _foreign(kind: str) -> bool:
    """Somebody else's Page is a matter of permissions; anything else of theirs is not there."""
    if kind == "Page":
        raise refused("permission")
    return False


def _owner(call: Call, kind: str, found: Any) -> Account | None:
    """The Page or account that a node belongs to; None for what is on people's own profiles."""
    store = call.store
    owners: Mapping[str, Callable[[], str]] = {
        "Page": lambda: str(found.id),
        "IGUser": lambda: str(found.id),
        "PagePost": lambda: str(found.page_id),
        "Comment": lambda: store.posts[found.post_id].page_id,
        "IGComment": lambda: store.media[found.media_id].owner_id,
        "Message": lambda: store.conversations[found.conversation_id].owner_id,
    }
    return store.account(owners[kind]() if kind in owners else found.owner_id)


def _may_see_more(call: Call, kind: str, found: Any, owner: Account) -> bool:
    if kind in {"UnifiedThread", "Message"}:
        need_messaging(call, owner)
        return not isinstance(found, Message) or is_readable(call, found)
    if kind == "IGComment":
        return not is_restricted(call, call.store.media[found.media_id], found)
    if kind == "IGMedia":
        call.need_instagram("basic")
    if isinstance(found, Contact):
        _check_profile(call, found)
    return True


def _check_profile(call: Call, contact: Contact) -> None:
    """Profiles of people who do not want it, or on Instagram never wrote, cannot be read."""
    if call.store.people[contact.person_id].private_profile:
        raise _no_profile()
    if contact.owner_id in call.store.instagrams and not contact.wrote:
        raise refused("consent")


def _no_profile() -> GraphError:
    return refused("no_profile")
