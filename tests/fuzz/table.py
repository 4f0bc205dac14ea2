# SPDX-License-Identifier: Apache-2.0
"""
Every harness: what it is called, and which modules' reading of foreign bytes it tries.

A harness takes any bytes and returns. It raises only where something is wrong: errors that its parsers may raise stay
in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import of_calls, of_edge, of_http, of_origins, of_sdk, of_transcripts

CASES = Path(__file__).with_name("cases")
_CONTRACT, _EDGE, _SDK, _ORIGINS = "sealock_contract", "sealock_edge", "sealock_connector", "sealock_origins"


@dataclass(frozen=True)
class Harness:
    """One way in. Its cases lie in `cases/<name>`, a file each: what to begin with, and what once went wrong."""

    name: str
    run: Callable[[bytes], None]
    tries: Sequence[str]
    """The modules that read the bytes."""
    examples: int = 150
    """How many examples the ordinary tests try: less where one takes longer."""

    @property
    def cases(self) -> dict[str, bytes]:
        """The cases by their names."""
        return {path.name: path.read_bytes() for path in sorted((CASES / self.name).iterdir())}


_META = ("budget", "failures", "graph", "inbox", "lists", "messages", "pull", "resources", "sign_in", "webhooks")
_PULLS = ("pulls.details", "pulls.listing", "pulls.pulling")
_SITE = (
    "api",
    "comments",
    "discovery",
    "ids",
    "kinds",
    "position",
    "proving",
    "refusals",
    "resources",
    "rest",
    "setup",
)


def _of(package: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{package}.{name}" for name in names)


HARNESSES: Sequence[Harness] = (
    Harness("origin-addresses", of_calls.addresses, (f"{_SDK}._egress.requests",)),
    Harness("origin-conversations", of_calls.conversation, (f"{_CONTRACT}.http_client.connection",)),
    Harness("zendesk-forms", of_edge.forms, _of(_EDGE, "zendesk.requests", "endpoints.setup_form")),
    Harness("zendesk-events", of_edge.events, (*_of(_EDGE, "zendesk.events"), f"{_SDK}._translate.announcements")),
    Harness("zendesk-answers", of_edge.zendesk_answers, _of(_EDGE, "zendesk.rest", "zendesk_api.pushing")),
    Harness("webhook-signatures", of_sdk.signature, (f"{_SDK}._serving.signatures",)),
    Harness("sealed-strings", of_edge.sealed, _of(_EDGE, "sealing.sealer", "sealing.accounts", "sealing.links")),
    Harness("sealed-records", of_edge.sealed_record, _of(_EDGE, "sealing.accounts")),
    Harness("addresses", of_edge.urls, _of(_EDGE, "zendesk.hosts", "endpoints.clickthrough", "attachments")),
    Harness(
        "header-values",
        of_edge.headers,
        (
            *_of(_EDGE, "attachments", "pages.rendering"),
            *_of(_CONTRACT, "catalogues", "error_details", "tracing"),
        ),
    ),
    Harness(
        "edge-request",
        of_edge.request,
        (
            *_of(_EDGE, "middleware", "endpoints.clickthrough", "endpoints.event_callback", "endpoints.file"),
            *_of(_EDGE, "endpoints.sign_in", "endpoints.setup", "endpoints.manifest", "endpoints.admin_ui"),
            *_of(_EDGE, "endpoints.webhook"),
        ),
    ),
    Harness("http-connection", of_http.connection, _of(_EDGE, "connections.protocol"), examples=60),
    Harness(
        "connector-answers",
        of_edge.answer,
        (
            *_of(_EDGE, "connectors.errors", "connectors.streaming", "zendesk.resources", "zendesk.values"),
            *_of(_EDGE, "endpoints.setup", "endpoints.file", "endpoints.webhook", "pages.rendering"),
            f"{_CONTRACT}.json_values",
        ),
        examples=80,
    ),
    Harness(
        "manifests", of_edge.manifest, ("sealock_devkit.zendesk.judge.http", "sealock_devkit.zendesk.judge.manifest")
    ),
    Harness(
        "connector-calls",
        of_sdk.call,
        (
            *_of(_SDK, "_serving.service", "_serving.reply_files", "_translate.resources", "_translate.setup"),
            *_of(
                _ORIGINS,
                "facebook.setup",
                "facebook.resources",
                "instagram.connector",
                "instagram.sign_in",
                "meta.webhooks",
            ),
        ),
        examples=60,
    ),
    Harness(
        "origin-answers",
        of_sdk.answers,
        (
            *_of(_SDK, "answers", "_answers.nearly_json", "_answers.marks", "_answers.unpacking"),
            f"{_CONTRACT}.json_values",
        ),
    ),
    Harness(
        "states",
        of_sdk.states,
        (*_of(_SDK, "_cursor_bytes", "cursor"), *_of(_ORIGINS, "meta.inbox", "meta.pull", "wordpress.position")),
    ),
    Harness("accounts", of_sdk.accounts, (f"{_SDK}._types", f"{_CONTRACT}.json_values", f"{_ORIGINS}.meta.account")),
    Harness(
        "ids",
        of_sdk.ids,
        _of(_ORIGINS, "wordpress.ids", "facebook.resources", "instagram.media", "meta.resources"),
    ),
    Harness(
        "markup",
        of_sdk.markup,
        _of(_SDK, "markup", "_markup.cleaning", "_markup.nesting", "_markup.text", "_markup.worker"),
    ),
    Harness(
        "wordpress-pull",
        of_origins.pull_of_wordpress,
        (*_of(f"{_ORIGINS}.wordpress", *_SITE, *_PULLS), f"{_CONTRACT}.json_values"),
        examples=60,
    ),
    Harness("wordpress-setup", of_origins.set_up_of_wordpress, _of(f"{_ORIGINS}.wordpress", *_SITE), examples=60),
    Harness("wordpress-reply", of_origins.reply_of_wordpress, _of(f"{_ORIGINS}.wordpress", *_SITE), examples=60),
    Harness("guestbook-pull", of_origins.pull_of_guestbook, (f"{_ORIGINS}.guestbook.site",), examples=60),
    Harness(
        "facebook-pull",
        of_origins.pull_of_facebook,
        (*_of(f"{_ORIGINS}.meta", *_META), f"{_ORIGINS}.facebook.posts"),
        examples=60,
    ),
    Harness("facebook-setup", of_origins.set_up_of_facebook, _of(f"{_ORIGINS}.meta", *_META), examples=40),
    Harness(
        "facebook-reply", of_origins.reply_of_facebook, _of(f"{_ORIGINS}.meta", *_META, "replying.parts"), examples=40
    ),
    Harness("facebook-webhook", of_origins.webhook_of_facebook, (f"{_ORIGINS}.facebook.webhooks",)),
    Harness(
        "instagram-pull",
        of_origins.pull_of_instagram,
        (*_of(f"{_ORIGINS}.meta", *_META), f"{_ORIGINS}.instagram.pull", f"{_ORIGINS}.instagram.media"),
        examples=60,
    ),
    Harness("instagram-setup", of_origins.set_up_of_instagram, (f"{_ORIGINS}.instagram.sign_in",), examples=40),
    Harness("instagram-reply", of_origins.reply_of_instagram, (f"{_ORIGINS}.instagram.replies",), examples=40),
    Harness(
        "transcripts",
        of_transcripts.transcript,
        _of("sealock_devkit.zendesk.transcripts", "checks", "opened", "reading", "shape"),
        examples=60,
    ),
    Harness("instagram-webhook", of_origins.webhook_of_instagram, (f"{_ORIGINS}.instagram.webhooks",)),
)
BY_NAME = {harness.name: harness for harness in HARNESSES}
