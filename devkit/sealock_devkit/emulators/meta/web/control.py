# SPDX-License-Identifier: Apache-2.0
"""`/dev/`: the clock, the switches, the people, for tests and the demo. JSON only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from falcon import HTTP_NO_CONTENT, HTTPBadRequest, HTTPNotFound, HTTPUnprocessableEntity
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.actions import Action, ActionRefused, Actions
from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.files import Upload, sniffed
from sealock_devkit.emulators.meta.graph.errors import ERRORS, GraphError
from sealock_devkit.emulators.meta.graph.webhook_subscriptions import verify
from sealock_devkit.emulators.meta.logins import DEATHS
from sealock_devkit.emulators.meta.odd import ODDITIES
from sealock_devkit.emulators.meta.records import AppSubscription
from sealock_devkit.emulators.meta.settings import Faults, Settings, read_time

CHANGEABLE = ("people", "pages", "instagrams", "contacts", "posts", "comments", "media", "media_comments")


class ClockControl:
    """`/dev/clock`: GET tells the time, PUT moves it: `advance` (seconds), `now` (an instant), `frozen`."""

    def __init__(self, emulator: Emulator) -> None:
        self._clock = emulator.store.clock

    async def on_get(self, _: Request, resp: Response) -> None:
        """Tell the time."""
        resp.media = {"now": self._clock.now(), "frozen": self._clock.frozen}

    async def on_put(self, req: Request, resp: Response) -> None:
        """Move the clock, or let it stand still."""
        wanted = await _object(req)
        try:
            if "frozen" in wanted:
                (self._clock.freeze if wanted["frozen"] else self._clock.thaw)()
            if "now" in wanted:
                self._clock.set(read_time(str(wanted["now"])))
            self._clock.advance(float(wanted.get("advance", 0)))
        except (TypeError, ValueError):
            raise HTTPBadRequest(description="It takes now, advance and frozen.") from None
        await self.on_get(req, resp)


class Switches:
    """`/dev/faults` and `/dev/settings`: GET tells how they stand, PUT sets those that it names."""

    def __init__(self, switches: Faults | Settings) -> None:
        self._switches = switches
        self._faults = isinstance(switches, Faults)

    async def on_get(self, _: Request, resp: Response) -> None:
        """Tell how all switches stand."""
        resp.media = asdict(self._switches)

    async def on_put(self, req: Request, resp: Response) -> None:
        """Set the named ones."""
        wanted = await _object(req)
        known = {field.name: getattr(self._switches, field.name) for field in fields(self._switches)}
        for name, value in wanted.items():
            if name not in known or not _fits(value, known[name]):
                raise HTTPBadRequest(description=f"{name[:60]} is no switch, or its value is of another kind.")
        named = {*wanted.get("errors", ()), *wanted.get("refusals", {}).values()} if self._faults else set()
        if not named <= set(ERRORS):
            raise HTTPBadRequest(description=f"The errors are {', '.join(ERRORS)}.")
        if self._faults and not set(wanted.get("odd", ())) <= set(ODDITIES):
            raise HTTPBadRequest(description=f"The oddities are {', '.join(ODDITIES)}.")
        for name, value in wanted.items():
            setattr(self._switches, name, value)
        resp.status = HTTP_NO_CONTENT


class RecordsView:
    """`/dev/records`: who there is, with ids; no tokens, no secrets."""

    def __init__(self, emulator: Emulator) -> None:
        self._store = emulator.store

    async def on_get(self, _: Request, resp: Response) -> None:
        """People, Pages, accounts, posts and media, comments, messages, and the app's id."""
        store = self._store
        tables: Mapping[str, Any] = {
            "people": store.people,
            "pages": store.pages,
            "instagrams": store.instagrams,
            "contacts": store.contacts,
            "posts": store.posts,
            "comments": store.comments,
            "media": store.media,
            "media_comments": store.media_comments,
            "conversations": store.conversations,
            "messages": store.messages,
            "owner_subscriptions": store.owner_subscriptions,
        }
        listed = {name: [asdict(record) for record in table] for name, table in tables.items()}
        app = {"id": store.keys.app_id, "instagram_id": store.keys.instagram_app_id}
        resp.media = {**listed, "app": app, "deliveries": len(store.deliveries)}


class RecordControl:
    """`/dev/{table}/{id}`: PATCH changes what a person, Page, account or media is like: `{"invisible": true}`."""

    def __init__(self, emulator: Emulator) -> None:
        self._store = emulator.store

    async def on_patch(self, req: Request, resp: Response, table: str, key: str) -> None:
        """Set the named properties."""
        records: Any = getattr(self._store, table) if table in CHANGEABLE else None
        record = records.get(key) if records is not None else None
        if record is None:
            raise HTTPNotFound
        wanted = await _object(req)
        for name, value in wanted.items():
            if name == "id" or not hasattr(record, name) or not _fits(value, getattr(record, name)):
                raise HTTPBadRequest(description=f"{name[:60]} is no property, or its value is of another kind.")
        for name, value in wanted.items():
            setattr(record, name, value)
        records.put(record)
        self._store.changed()
        resp.media = asdict(record)


class ActionControl:
    """`/dev/actions/{name}`: POST lets somebody do something, as the customers' pages do."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    async def on_post(self, req: Request, resp: Response, name: str) -> None:
        """`person`, `account`, `target`, `text`, and `picture` in base64 with `picture_name`."""
        wanted = await _object(req)
        texts = {each: str(wanted.get(each, "")) for each in ("person", "account", "target", "text")}
        try:
            resp.media = {"id": self._actions.do(name, Action(**texts, picture=_picture(wanted)))}
        except ActionRefused as refusal:
            raise HTTPUnprocessableEntity(description=str(refusal)) from None


class RevocationControl:
    """`/dev/revocations`: POST ends a person's tokens (`death`), or takes one permission back (`scope`)."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def on_post(self, req: Request, resp: Response) -> None:
        """`person` (id or name), and `death` or `scope`."""
        wanted = await _object(req)
        person = self._emulator.store.people.get(str(wanted.get("person"))) or next(
            (each for each in self._emulator.store.people if each.name == wanted.get("person")), None
        )
        if person is None:
            raise HTTPBadRequest(description="There is no such person.")
        if wanted.get("scope"):
            self._emulator.tokens.take_permission(person.id, str(wanted["scope"]))
        elif wanted.get("death") in DEATHS:
            self._emulator.tokens.end(person.id, str(wanted["death"]))
        else:
            raise HTTPBadRequest(description=f"It takes a scope, or a death: {', '.join(DEATHS)}.")
        resp.status = HTTP_NO_CONTENT


class DashboardControl:
    """
    `/dev/webhooks/{product}`: what the app's dashboard does, and for Instagram Login only that.

    PUT `callback_url`, `verify_token` and `fields` for `page`, `instagram` or `instagram_login`; DELETE ends it.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def on_put(self, req: Request, resp: Response, product: str) -> None:
        """Shake hands, and subscribe."""
        wanted = await _object(req)
        if product not in {"page", "instagram", "instagram_login"}:
            raise HTTPNotFound
        url, token = str(wanted.get("callback_url", "")), str(wanted.get("verify_token", ""))
        try:
            await verify(self._emulator.handshake, url, token, challenge="1158201444")
        except GraphError as error:
            raise HTTPUnprocessableEntity(description=error.kind.message) from None
        names = [str(each) for each in wanted.get("fields", ())]
        self._emulator.store.app_subscriptions.put(AppSubscription(product, url, token, names))
        resp.status = HTTP_NO_CONTENT

    async def on_delete(self, _: Request, resp: Response, product: str) -> None:
        """Tell it nothing any more."""
        self._emulator.store.app_subscriptions.remove(product)
        resp.status = HTTP_NO_CONTENT


async def _object(req: Request) -> dict[str, Any]:
    wanted = await req.get_media()
    if not isinstance(wanted, dict):
        raise HTTPBadRequest(description="The body must be a JSON object.")
    return wanted


def _fits(value: Any, present: Any) -> bool:
    if isinstance(present, bool):
        return isinstance(value, bool)
    if isinstance(present, int | float):
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return isinstance(value, type(present))


def _picture(wanted: dict[str, Any]) -> Upload | None:
    if not wanted.get("picture"):
        return None
    try:
        data = base64.b64decode(str(wanted["picture"]), validate=True)
    except binascii.Error:
        raise HTTPBadRequest(description="picture must be base64.") from None
    return Upload(str(wanted.get("picture_name", "picture.png")), sniffed(data, ""), data)
