# SPDX-License-Identifier: Apache-2.0
"""A local Zendesk on real HTTP, full of what its service, its agents and its administrators wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2

from sealock_devkit.app.build import Description, build_app
from sealock_devkit.zendesk import LocalZendesk, Settings
from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.api.integrations import install_app
from sealock_devkit.zendesk.browser.admin_browser import ReturnedAccount
from sealock_devkit.zendesk.engine.accounts import Visit
from sealock_devkit.zendesk.engine.files import NewFile
from sealock_devkit.zendesk.server import create_site
from sealock_devkit.zendesk.store import CallFilter, Part
from sealock_devkit.zendesk.transcripts.opened import OpenedTranscripts
from sealock_devkit.zendesk.web.app import create_web_app
from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, ScriptedService, resource
from tests.safety.hostile_values import EVIL, as_id, fitting
from tests.safety.programs.routes import routes_of
from tests.serving import listening, served

SETTINGS = Settings(
    pull_interval_seconds=3600,
    channelback_backoff_seconds=0.01,
    event_window_seconds=0.01,
    rest_calls_per_minute=0,
    channelback_retries=0,
)
JOURNAL = {"calls", "violations"}
"""What is noted of every call of the service, and of every stray request of its own."""


@dataclass
class ZendeskScene:
    """The running local Zendesk, its service, and the names that rows of the table of routes use."""

    zendesk: LocalZendesk
    service: ScriptedService
    url: str
    client: httpx2.AsyncClient
    names: dict[str, str]

    def remembered(self, *, without: set[str] | frozenset[str] = frozenset()) -> dict[str, list[tuple[object, ...]]]:
        """Everything that it remembers, by table; and the faults that are on."""
        database = self.zendesk.store.database
        # The index of words cannot be read as a table: it follows the calls.
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'calls_text%'"
        tables = [row[0] for row in database.rows(named)]
        found = {
            table: [tuple(row) for row in database.rows(f"SELECT * FROM {table} ORDER BY 1")]
            for table in tables
            if table not in without and not table.startswith("sqlite_")
        }
        return {**found, "faults": [tuple(fault.items()) for fault in self.zendesk.faults.as_dicts()]}

    async def visit_key(self) -> str:
        """The key of a visit of the admin UI that has just begun."""
        page = (await self.client.get("/channels/1/accounts/new")).text
        return page.partition("/admin-ui/return/")[2].partition('"')[0]

    async def settle(self) -> None:
        await self.zendesk.wait_until(self.zendesk.is_idle)


def routes(zendesk: LocalZendesk) -> set[str]:
    """Every route of its pages, its JSON API and its REST side."""
    opened = OpenedTranscripts()
    return routes_of(create_web_app(zendesk, opened, lambda: False)) | routes_of(create_app(zendesk, opened))


@asynccontextmanager
async def running_zendesk(
    folder: Path, values: Sequence[str] = ("word",), *, alone: int = 1
) -> AsyncIterator[ZendeskScene]:
    """
    Everything that others control has these values.

    All have a ticket together; each of them, or only each `alone`th, has an account and a ticket of its own.
    """
    listener, url = listening()
    stopping = asyncio.Event()
    async with ScriptedService() as service, LocalZendesk(folder, SETTINGS) as zendesk:
        zendesk.context.address = url
        async with (
            served(create_site(zendesk, stopping.is_set), listener),
            httpx2.AsyncClient(base_url=url, timeout=30, trust_env=False, verify=False) as client,
        ):
            desk = ZendeskScene(zendesk, service, url, client, {"url": url, "service": service.url})
            await _fill(desk, list(values), list(values)[::alone])
            yield desk
            stopping.set()
            zendesk.context.changes.announce()


async def _fill(desk: ZendeskScene, values: list[str], alone: list[str]) -> None:
    zendesk, service = desk.zendesk, desk.service
    zendesk.faults.switch_on({"call": "channelback", "kind": "lose answer", "every": 1000})
    all_values = " ".join(values)
    service.manifest |= {
        "name": fitting(all_values, 255),
        "id": fitting(all_values, 511),
        "version": fitting(values[1 % len(values)], 255),
        "author": fitting(values[0], 255),
        "push_client_id": fitting(values[2 % len(values)], 120),
    }
    service.manifest["urls"] |= {"about_url": "/about", "dashboard_url": "/dashboard?x=1"}
    manifest_url = f"{service.url}/manifest.json?{quote(values[0])}"
    integration = await install_app(zendesk, app_zip(values[0], manifest_url))
    for value in alone:
        zendesk.accounts.save(
            _visit(desk, integration.id), ReturnedAccount(fitting(value, 255), value[:5000], value[:5000], frozenset())
        )
    await zendesk.wait_until(lambda: all(account.pulls for account in zendesk.store.accounts.all()))
    for account in zendesk.store.accounts.all()[1:]:
        zendesk.store.accounts.update(account.id, paused=True)
    service.resources = _resources(service, values, alone)
    service.state = fitting(all_values, 5000)
    await zendesk.pull(1)
    await _reply(desk, values)
    await _misbehave(desk, values)
    await desk.settle()
    await _name(desk)


def app_zip(value: str, manifest_url: str) -> bytes:
    """An installer app that says this of itself."""
    return build_app(Description(value, author=value, identifier=value, manifest_url=manifest_url, version=value))


def _visit(desk: ZendeskScene, integration_id: int) -> Visit:
    return desk.zendesk.accounts.visit(integration_id)


def _resources(service: ScriptedService, values: list[str], alone: list[str]) -> list[dict[str, object]]:
    together = [_resource(service, value, number, thread_id="t-all") for number, value in enumerate(values)]
    return together + [_resource(service, value, number + 1000) for number, value in enumerate(alone)]


def _resource(service: ScriptedService, value: str, number: int, **more: str) -> dict[str, object]:
    picture = fitting(value, 200)
    return resource(
        as_id(value, number),
        value,
        html_message=f"<p>{value}</p>{value}",
        author={
            "external_id": as_id(value, number),
            "name": fitting(value, 255),
            "image_url": f"https://{EVIL}/{picture}" if number % 2 else picture,
            "locale": fitting(value, 255),
            "fields": [{"id": fitting(value, 255), "value": value}],
        },
        display_info=[{"type": fitting(value, 255), "data": {value: value, "list": [value]}}],
        fields=[{"id": "subject", "value": fitting(value, 255)}, {"id": fitting(value, 255), "value": value}],
        file_urls=[f"{service.url}/file/{fitting(quote(value, safe=''), 400)}"],
        **more,
    )


async def _reply(desk: ZendeskScene, values: list[str]) -> None:
    ticket = desk.zendesk.tickets()[0].id
    refusals = [
        Canned({"error_info": value, "error": value, value: value}, status=422, headers={"x-a": "b"})
        for value in values
    ]
    some = values[::5]
    delivered = [Canned({"external_id": as_id(value, number + 2000)}) for number, value in enumerate(some)]
    desk.service.script[CHANNELBACK] = [*refusals, *delivered]
    for number, value in enumerate([*values, *some]):
        name = "".join(each if each.isprintable() and each not in "/\\" else "_" for each in fitting(value, 200))
        files = [NewFile(name, "text/html", value.encode())] if number % 5 == 0 else []
        desk.zendesk.reply(ticket, value, public=True, agent=value, files=files)
    await desk.settle()
    desk.zendesk.reply(ticket, values[0], public=False, agent=values[0])


async def _misbehave(desk: ZendeskScene, values: list[str]) -> None:
    """Pulls that fail in the service's own words, and answers that break rules."""
    broken = [
        *(Canned(value, status=500, headers={}) for value in values[:3]),
        Canned(
            {"external_resources": [{"external_id": value, value: value} for value in values], values[0]: values[0]}
        ),
        Canned(" ".join(values), content_type="text/html"),
    ]
    desk.service.script[PULL] = broken
    for _ in range(len(broken)):
        await desk.zendesk.pull(1)
    service, zendesk = desk.service, desk.zendesk
    service.manifest["urls"]["about_url"] = f"javascript:{values[0]}"
    await desk.client.post("/channels/1/manifest", headers={"Origin": desk.url}, data={"again": "1"})
    service.manifest["urls"]["about_url"] = "/about"
    zendesk.store.accounts.update(1, needs_update=True)
    zendesk.store.tickets.update(zendesk.tickets()[0].id, follow_up_of=2 if len(values) > 1 else 1)


async def _name(desk: ZendeskScene) -> None:
    store = desk.zendesk.store
    ticket = desk.zendesk.tickets()[0].id
    reply = store.replies.all()[0]
    file = store.files.of_comment(reply.comment_id)[0]
    account = store.accounts.get(1)
    desk.names |= {
        "integration": "1",
        "account": "1",
        "ticket": str(ticket),
        "comment": str(store.tickets.comments(ticket)[0].id),
        "reply": str(reply.id),
        "user": "1",
        "file": str(file.id),
        "file_name": quote(file.name, safe=""),
        "file_token": file.token,
        "storage_key": file.storage_key,
        "access_token": account.access_token,
        "push_id": account.instance_push_id,
        "posted": store.replies.all()[-1].external_id,
        "visit": await desk.visit_key(),
        "call": str(next(call.id for call in store.calls.find(CallFilter(kind="pull"), Part()))),
        "fault": str(desk.zendesk.faults.as_dicts()[0]["id"]),
        "app_zip": app_zip("App", f"{desk.service.url}/manifest.json").decode("latin-1"),
    }
