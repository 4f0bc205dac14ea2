# SPDX-License-Identifier: Apache-2.0
"""The connector: pulls entries, opens their files, posts replies, leads to entries' pages."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

from sealock_connector import (
    Account,
    Author,
    Catalogues,
    Connector,
    Cursor,
    Done,
    ExternalResource,
    File,
    Form,
    HmacSignature,
    MessageRejected,
    NotFound,
    NotJson,
    OpenedFile,
    OriginLimits,
    Posted,
    Pull,
    Pulled,
    Reply,
    SetupStep,
    Text,
    WebhookAnswer,
    WebhookRequest,
    read_json,
)
from sealock_connector.egress import OriginClient, origin_client
from sealock_origins.guestbook.setup import take_step
from sealock_origins.guestbook.site import (
    GONE,
    BadSite,
    Entry,
    Site,
    author_id,
    canonical_site,
    entry_id,
    read_entry_id,
    read_file_key,
)

MARK = "sealock-"
SIGNED = HmacSignature(
    "X-Guestbook-Signature",
    prefix="sha256=",
    signed="{timestamp}.{body}",
    timestamp_header="X-Guestbook-Signed-At",
)
FILE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")


class Guestbook(Connector):
    """The guestbook as an origin of Zendesk's Channel framework."""

    origin = "guestbook"
    display_name = Text("Guestbook")
    version = "1"
    description = Text("Entries of a guestbook become tickets, agents' replies become answers in it.")
    catalogues = Catalogues("sealock_origins.guestbook")
    limits = OriginLimits(
        reply_max_chars=5_000, reply_max_files=5, reply_max_file_bytes=10_000_000, reply_file_types=FILE_TYPES
    )
    takes_files = True

    _http: OriginClient
    _hosts: Sequence[str] = ()
    _webhook_secrets: Sequence[str] = ()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare the connector's own options."""
        parser.add_argument(
            "--clickthrough-host",
            action="append",
            default=[],
            metavar="HOST",
            help="a host whose pages agents are sent to without being asked; can be repeated",
        )
        parser.add_argument(
            "--webhook-secret-file",
            action="append",
            default=[],
            type=_secret_in,
            metavar="PATH",
            help="a file with the secret that signs guestbooks' webhooks; can be repeated while one replaces another",
        )

    def configure(self, options: argparse.Namespace) -> None:
        """Take the options as they were given."""
        self._hosts = tuple(options.clickthrough_host)
        self._webhook_secrets = tuple(options.webhook_secret_file)

    @property
    def clickthrough_hosts(self) -> Sequence[str]:
        """The hosts given with `--clickthrough-host`."""
        return self._hosts

    async def open(self) -> None:
        """Open the HTTP client."""
        self._http = origin_client(allowed_networks=self.allowed_networks)

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.aclose()

    async def setup(self, step: SetupStep) -> Form | Done:
        """Ask for the site's address and token, and try them."""
        return await take_step(step, self._site_at)

    async def pull(self, pull: Pull) -> AsyncIterator[Pulled]:
        """Yield the entries since the last pull; answers that came from Zendesk are passed over."""
        address = pull.account["site"]
        start = pull.account.get("start")
        cursor = Cursor.load(pull.state, start=datetime.fromisoformat(start) if start else None)
        async for entry in self._site(pull.account).entries(cursor.since):
            if (entry.created_at, entry.id) not in cursor:
                cursor = cursor.seen(entry.created_at, entry.id)
                resource = None if entry.mark.startswith(MARK) else as_resource(address, entry)
                yield Pulled(resource, after=cursor)

    async def channelback(self, reply: Reply) -> Posted:
        """Post the reply as an answer to the entry, with its files and a mark to find it by."""
        parent, mark, site = _answered(reply), mark_of(reply), self._site(reply.account)
        keys: list[str] = []
        if reply.files is not None:
            async for file in reply.files:
                keys.append(f"{mark}-{len(keys)}")
                await site.upload(file, keys[-1])
        entry = await site.post(reply.message, parent=parent, mark=mark, files=keys)
        return Posted(entry_id(reply.account["site"], entry.id))

    async def find_reply(self, reply: Reply) -> Posted | None:
        """Look for the reply's mark in the guestbook."""
        entry = await self._site(reply.account).find(mark_of(reply))
        return None if entry is None else Posted(entry_id(reply.account["site"], entry.id))

    async def resolve_clickthrough(self, external_id: str) -> str:
        """An entry's external id is its page."""
        read_entry_id(external_id)
        return external_id

    async def open_file(self, account: Account, reference: str) -> OpenedFile:
        """Open a file of an entry."""
        return await self._site(account).open_file(read_file_key(reference))

    def origin_account_key(self, account: Account) -> str:
        """A site's address; none where nothing can be told, so that nothing is remembered for it."""
        return str(account["site"]) if self._webhook_secrets else ""

    async def receive_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """A guestbook tells that somebody signed: the next pull brings it."""
        if request.method != "POST" or not SIGNED.is_valid(request, self._webhook_secrets):
            return WebhookAnswer(403)
        try:
            site = canonical_site(read_json(request.body)["site"])
        except (NotJson, BadSite, KeyError, TypeError, AttributeError):
            return WebhookAnswer(400)
        return WebhookAnswer(204, deliveries={site: ()})

    def _site(self, account: Account) -> Site:
        return self._site_at(account["site"], account["token"])

    def _site_at(self, address: str, token: str) -> Site:
        return Site(self._http, address, token)


def as_resource(site: str, entry: Entry) -> ExternalResource:
    """An entry as Zendesk takes it: all entries of a conversation share the first one's id as their thread."""
    return ExternalResource(
        external_id=entry_id(site, entry.id),
        message=entry.text,
        created_at=entry.created_at,
        author=Author(author_id(site, entry.author_id), name=entry.author),
        thread_id=entry_id(site, entry.thread),
        files=[File(file.name, content_type=file.content_type, reference=file.id) for file in entry.files],
    )


def _secret_in(file: str) -> str:
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise argparse.ArgumentTypeError("the file cannot be read") from None
    if not secret:
        raise argparse.ArgumentTypeError("the file is empty")
    return secret


def mark_of(reply: Reply) -> str:
    """What a reply carries at the guestbook: the same each time it is tried, and telling nothing."""
    return MARK + hashlib.sha256(f"{reply.account.id}\n{reply.key}".encode()).hexdigest()[:32]


def _answered(reply: Reply) -> int:
    """The number of the entry that a reply answers."""
    answered = reply.parent_id or reply.thread_id
    if not answered:
        raise MessageRejected(Text("There is no guestbook entry on this ticket that could be answered."))
    site, number = read_entry_id(answered)
    if site != reply.account["site"]:
        raise NotFound("an entry of another guestbook", message_for_agent=GONE)
    return number
