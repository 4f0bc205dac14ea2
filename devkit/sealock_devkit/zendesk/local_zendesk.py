# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk as one object: everything that people, tests and the JSON API can do with it."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from sealock_devkit.zendesk.browser.clickthrough import Clickthrough, NoClickthrough, follow
from sealock_devkit.zendesk.context import Changes, Console, Context, stamp
from sealock_devkit.zendesk.engine.accounts import AccountEditor, Answers
from sealock_devkit.zendesk.engine.agents import Agents
from sealock_devkit.zendesk.engine.channelback import ChannelbackSender
from sealock_devkit.zendesk.engine.conversion import Converter
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.faults import Faults
from sealock_devkit.zendesk.engine.files import FileDownloader, NewFile
from sealock_devkit.zendesk.engine.installation import Installer
from sealock_devkit.zendesk.engine.lifecycle import Lifecycle
from sealock_devkit.zendesk.engine.puller import Puller, PullResult
from sealock_devkit.zendesk.engine.schedule import Health, Schedule
from sealock_devkit.zendesk.engine.service_calls import ServiceCalls
from sealock_devkit.zendesk.rest.attachments import AttachmentRequests
from sealock_devkit.zendesk.rest.rest_api import RestApi
from sealock_devkit.zendesk.settings import BadSetting, Settings
from sealock_devkit.zendesk.store import Account, Comment, Database, Integration, Reply, Store, Ticket


def utc_now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


class LocalZendesk:
    """
    A Zendesk account on this machine, with its data in `folder`.

    `async with LocalZendesk(folder) as zendesk:` runs its pulls, conversions, replies and events until the block
    ends; what is under way then goes on at the next start. Settings that were changed while it ran are remembered in
    the folder and win over `settings`. Certificates in `ca_file` are trusted besides the system's. Without a
    `console` it says nothing. Raises `StoreUnusable`; `OSError` for a file that cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings | None = None,
        *,
        ca_file: str = "",
        console: TextIO | None = None,
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        trust = ssl.create_default_context()
        if ca_file:
            trust.load_verify_locations(cafile=ca_file)
        self._database = Database(folder)
        store = Store(self._database)
        self._given = settings or Settings()
        chosen = self._given.changed(store.settings.changed())
        self.context = Context(store, chosen, Changes(), Console(console, clock), clock, new_id)
        self.store = store
        self.faults = Faults(self.context.changes.announce)
        self._calls = ServiceCalls(self.context, self.faults, trust=trust)
        self.events = EventOutbox(self.context, self._calls, self.faults)
        self.lifecycle = Lifecycle(self.context, self.events)
        self.installer = Installer(self.context, self._calls, self.events, self.lifecycle)
        self.accounts = AccountEditor(self.context, self._calls, self.events, self.lifecycle)
        self.agents = Agents(self.context)
        self.puller = Puller(self.context, self._calls, self.events, self.lifecycle)
        self._converter = Converter(self.context, self.events)
        self.rest = RestApi(self.context, self._converter, self.events)
        self.attachments = AttachmentRequests(self.context)
        self._downloader = FileDownloader(self.context, self._calls)
        self._sender = ChannelbackSender(self.context, self._calls, self.events)
        self.health = Health(self.context, self._calls)
        self._schedule = Schedule(self.context, self.puller, self.health, self.installer.read_all_again)
        self._running = AsyncExitStack()
        self._broken: BaseException | None = None

    async def __aenter__(self) -> Self:
        self._running.callback(self._database.close)
        await self._running.enter_async_context(self._calls)
        parts = (
            self._schedule.run(),
            self._converter.run(),
            self._sender.run(),
            self.events.run(),
            self._downloader.run(),
            self.health.run(),
        )
        tasks = [asyncio.create_task(part) for part in parts]
        for task in tasks:
            task.add_done_callback(self._ended)
        self._running.push_async_callback(_stop, tasks)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    def at_the_end(self, callback: Callable[[], None]) -> None:
        """Call this when the block ends."""
        self._running.callback(callback)

    def close(self) -> None:
        """Close the files of one that never ran."""
        self._database.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.context.console.bad(f"the local Zendesk broke: {type(error).__name__}: {error}")
            self._broken = error
            self.context.changes.announce()

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self.context.settings

    def change_settings(self, changes: Mapping[str, Any]) -> Settings:
        """Change settings at once and for later starts. Raises `BadSetting`."""
        self.context.settings = self.context.settings.changed(changes)
        self.store.settings.save({name: getattr(self.context.settings, name) for name in changes})
        self.context.changes.announce()
        return self.context.settings

    def reset_settings(self, *names: str) -> Settings:
        """Give settings their defaults again, or without names all of them. Raises `BadSetting`."""
        defaults = Settings().as_dict()
        for name in names:
            if name not in defaults:
                raise BadSetting(f"there is no setting {name}")
        chosen = {name: defaults[name] for name in names or defaults}
        self.context.settings = self.context.settings.changed(chosen)
        # What was given at the start comes back at the next one, if it is not overruled.
        overruled = {name: value for name, value in chosen.items() if getattr(self._given, name) != value}
        self.store.settings.forget(chosen)
        self.store.settings.save(overruled)
        self.context.changes.announce()
        return self.context.settings

    async def install(self, manifest_url: str) -> Integration:
        """Install an integration. Raises `ManifestRefused`."""
        return await self.installer.install(manifest_url)

    async def add_account(self, integration: Integration, answers: Answers) -> Account:
        """Add an account through the integration's admin UI. Raises `AdminStopped`."""
        return await self.accounts.add(integration.id, answers)

    async def edit_account(self, account: Account, answers: Answers) -> Account:
        """Edit an account through the integration's admin UI. Raises `AdminStopped`."""
        return await self.accounts.edit(account.id, answers)

    async def pull(self, account_id: int, *, seconds: float = 60) -> PullResult:
        """Pull an account now, and wait until what it brought is converted. Raises `NotPullable`."""
        result = await self.puller.pull(account_id)
        await self.wait_until(lambda: self.store.resources.waiting_count() == 0, seconds)
        return result

    def reply(
        self, ticket_id: int, body: str, *, public: bool = True, agent: str = "Agent", files: Sequence[NewFile] = ()
    ) -> Comment:
        """Add an agent's comment to a ticket; a public one is sent to the origin. Raises `TicketRefused`."""
        return self.agents.comment(ticket_id, body, public=public, agent=agent, files=files)

    async def settled(self, comment: Comment, seconds: float = 60) -> Reply | None:
        """Wait until a comment's reply is delivered or failed; `None` for a comment that is not sent anywhere."""
        replies = self.store.replies
        if replies.by_comment(comment.id) is None:
            return None

        def is_settled() -> bool:
            reply = replies.by_comment(comment.id)
            return reply is not None and reply.status != "waiting"

        await self.wait_until(is_settled, seconds)
        return replies.by_comment(comment.id)

    async def open_link(self, comment: Comment) -> Clickthrough:
        """Follow a comment's link to the origin's page. Raises `NoClickthrough`."""
        ticket = self.store.tickets.get(comment.ticket_id)
        integration = self.store.integrations.get(ticket.integration_id)
        base = integration.manifest.urls.get("clickthrough_url")
        if base is None or comment.external_id is None:
            raise NoClickthrough("this comment has no link")
        ids = {"integration_id": integration.id, "account_id": ticket.account_id}
        return await follow(self.context, self._calls, base, comment.external_id, **ids)

    async def healthcheck(self, integration: Integration) -> tuple[int | None, str]:
        """Ask the service how it is: the status, if an answer came, and a problem in words, if there is one."""
        return await self.health.check(integration)

    def next_pull_at(self, account: Account) -> str | None:
        """When an account is pulled by itself; `None` when it is not."""
        seconds = self._schedule.seconds_to_pull(account)
        return None if seconds is None else self._in(seconds)

    def next_manifest_poll_at(self) -> str:
        """When all manifests are read again."""
        return self._in(self._schedule.seconds_to_reading())

    def _in(self, seconds: float) -> str:
        return stamp(self.context.clock() + timedelta(seconds=seconds))

    def tickets(self) -> list[Ticket]:
        """All tickets, the oldest first."""
        return self.store.tickets.all()

    def is_idle(self) -> bool:
        """Whether nothing is under way: no pull, no conversion, no reply, no event, no download."""
        counts = (
            self.store.resources.waiting_count(),
            self.store.replies.count("waiting"),
            self.store.events.waiting_count(),
            self.store.files.waiting_count(),
        )
        return not self.puller.busy and not any(counts)

    async def wait_until(self, holds: Callable[[], bool], seconds: float = 30) -> bool:
        """Wait until something holds; false when the time is up first. Raises what broke the local Zendesk itself."""
        met = await self.context.changes.wait_until(lambda: self._broken is not None or holds(), seconds)
        if self._broken is not None:
            raise self._broken
        return met


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
