# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's routes: its pages, its JSON API, its REST side. A new route needs a row here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from sealock_devkit.zendesk.transcripts.shape import TABLES
from tests.safety.programs.routes import ITSELF, Row

BEARER = {"Authorization": "Bearer {access_token}"}
WHERE = "tests/safety/programs/zendesk_rows.py"

TRANSCRIPT = "\n".join(
    json.dumps(each)
    for each in (
        {
            "format": "sealock transcript",
            "version": 1,
            "of": {"kind": "", "number": 0},
            "words": True,
            "subdomain": "demo",
            "written_at": "2026-01-02T03:04:05Z",
        },
        {"end": {**{table.name: 0 for table in TABLES}, "left_out": 0}},
    )
)
"""A transcript in which nothing happened."""


def _page(path: str) -> Row:
    return Row(path, page=True)


def _form(path: str, /, **fields: str) -> Row:
    return Row(path, form=fields, status=303)


def _rest(path: str, *, changes: bool = True, **media: object) -> Row:
    return Row(path, media={"instance_push_id": "{push_id}", **media}, headers=BEARER, changes=changes)


PAGES: Mapping[str, Row] = {
    "GET /": Row("/", status=302),
    "GET /tickets": _page("/tickets"),
    "GET /tickets/of": _page("/tickets/of?resource=none"),
    "GET /tickets/{number:int}": _page("/tickets/{ticket}"),
    "POST /tickets/{number:int}/comments": Row(
        "/tickets/{ticket}/comments",
        form={"body": "Hello", "kind": "public"},
        files={"files": ("note.txt", "text/plain", "Hello")},
        status=303,
    ),
    "POST /tickets/{number:int}/comments/{comment:int}/leave": _form("/tickets/{ticket}/comments/{comment}/leave"),
    "POST /tickets/{number:int}/status": _form("/tickets/{ticket}/status", status="solved"),
    "GET /files/{number:int}/{name}": Row("/files/{file}/{file_name}", may_be_kept=True),
    "GET /channels": _page("/channels"),
    "POST /channels": _form("/channels", manifest_url="{service}/manifest.json"),
    "POST /channels/app": Row("/channels/app", files={"app": ("app.zip", "application/zip", "{app_zip}")}, status=303),
    "GET /channels/{number:int}": _page("/channels/{integration}"),
    "POST /channels/{number:int}/health": Row(
        "/channels/{integration}/health", form={"health": "1"}, changes=False, page=True
    ),
    "GET /channels/{number:int}/logo.png": Row("/channels/{integration}/logo.png", may_be_kept=True),
    "GET /channels/{number:int}/about": Row("/channels/{integration}/about", status=302),
    "GET /channels/{number:int}/dashboard": Row("/channels/{integration}/dashboard", status=302),
    "POST /channels/{number:int}/manifest": _form("/channels/{integration}/manifest", again="1"),
    "POST /channels/{number:int}/remove": _form("/channels/{integration}/remove", remove="1"),
    "GET /channels/{number:int}/accounts/new": _page("/channels/{integration}/accounts/new"),
    "GET /accounts/{number:int}": _page("/accounts/{account}"),
    "POST /accounts/{number:int}/switch": _form("/accounts/{account}/switch", action="pause"),
    "POST /accounts/{number:int}/pull": _form("/accounts/{account}/pull", pull="1"),
    "POST /accounts/{number:int}/interval": _form("/accounts/{account}/interval", seconds="60"),
    "GET /accounts/{number:int}/edit": _page("/accounts/{account}/edit"),
    "POST /admin-ui/return/{key}": Row(
        "/admin-ui/return/{visit}",
        framed_by=ITSELF,
        form={"name": "New", "metadata": "m", "state": "s"},
        page=True,
    ),
    "GET /calls": _page("/calls"),
    "GET /calls/{number:int}": _page("/calls/{call}"),
    "GET /events": _page("/events"),
    "GET /violations": _page("/violations"),
    "POST /violations/forget": _form("/violations/forget", forget="1"),
    "GET /settings": _page("/settings"),
    "POST /settings": _form("/settings", subdomain="other"),
    "POST /settings/default": _form("/settings/default", name="subdomain"),
    "GET /faults": _page("/faults"),
    "POST /faults/off": _form("/faults/off", number="{fault}"),
    "GET /transcripts": _page("/transcripts"),
    "POST /transcripts": Row(
        "/transcripts", form={"": ""}, files={"file": ("t.jsonl", "application/jsonl", TRANSCRIPT)}, status=303
    ),
    "GET /transcripts/download": Row("/transcripts/download?words=kept"),
    "POST /transcripts/close": _form("/transcripts/close", number="1"),
    "GET /transcripts/{number:int}": Row("/transcripts/999", status=404),
    "POST /faults": _form("/faults", call="pull", kind="drop", times="1", seconds="0"),
    "GET /assets/{name}": Row("/assets/live.js", may_be_kept=True),
    "GET /stream": Row("/stream"),
}

API: Mapping[str, Row] = {
    "GET /api/integrations": Row("/api/integrations"),
    "POST /api/integrations": Row("/api/integrations", media={"manifest_url": "{service}/manifest.json"}, status=201),
    "GET /api/integrations/{number:int}": Row("/api/integrations/{integration}"),
    "DELETE /api/integrations/{number:int}": Row("/api/integrations/{integration}", media={}, status=204),
    "POST /api/integrations/{number:int}/manifest": Row("/api/integrations/{integration}/manifest", media={}),
    "GET /api/integrations/{number:int}/health": Row("/api/integrations/{integration}/health"),
    "GET /api/integrations/{number:int}/accounts": Row("/api/integrations/{integration}/accounts"),
    "POST /api/integrations/{number:int}/accounts": Row(
        "/api/integrations/{integration}/accounts",
        media={"answers": [{"site": "https://site.example", "password": "p"}]},
        status=201,
    ),
    "GET /api/accounts": Row("/api/accounts"),
    "GET /api/accounts/{number:int}": Row("/api/accounts/{account}"),
    "PATCH /api/accounts/{number:int}": Row("/api/accounts/{account}", media={"paused": True}),
    "DELETE /api/accounts/{number:int}": Row("/api/accounts/{account}", media={}, status=204),
    "GET /api/accounts/{number:int}/secrets": Row("/api/accounts/{account}/secrets"),
    "POST /api/accounts/{number:int}/edit": Row(
        "/api/accounts/{account}/edit", media={"answers": [{"site": "https://site.example", "password": "p"}]}
    ),
    "POST /api/accounts/{number:int}/pull": Row("/api/accounts/{account}/pull", media={}),
    "GET /api/accounts/{number:int}/pulls": Row("/api/accounts/{account}/pulls"),
    "GET /api/tickets": Row("/api/tickets"),
    "GET /api/tickets/{number:int}": Row("/api/tickets/{ticket}"),
    "PATCH /api/tickets/{number:int}": Row("/api/tickets/{ticket}", media={"status": "solved"}),
    "POST /api/tickets/{number:int}/comments": Row("/api/tickets/{ticket}/comments", media={"body": "x"}, status=201),
    "GET /api/comments/{number:int}/clickthrough": Row("/api/comments/{comment}/clickthrough"),
    "GET /api/replies": Row("/api/replies"),
    "GET /api/replies/{number:int}": Row("/api/replies/{reply}"),
    "GET /api/users": Row("/api/users"),
    "DELETE /api/users/{number:int}": Row("/api/users/{user}", media={}, status=204),
    "GET /api/settings": Row("/api/settings"),
    "PATCH /api/settings": Row("/api/settings", media={"subdomain": "other"}),
    "DELETE /api/settings/{name}": Row("/api/settings/subdomain", media={}),
    "DELETE /api/settings": Row("/api/settings", media={}),
    "GET /api/faults": Row("/api/faults"),
    "POST /api/faults": Row("/api/faults", media={"call": "pull", "kind": "drop"}, status=201),
    "DELETE /api/faults/{number:int}": Row("/api/faults/{fault}", media={}, status=204),
    "DELETE /api/faults": Row("/api/faults", media={}, status=204),
    "GET /api/calls": Row("/api/calls"),
    "GET /api/calls/{number:int}": Row("/api/calls/{call}"),
    "GET /api/events": Row("/api/events"),
    "GET /api/violations": Row("/api/violations"),
    "DELETE /api/violations": Row("/api/violations", media={}, status=204),
    "GET /api/transcripts": Row("/api/transcripts?words=kept"),
    "POST /api/transcripts": Row(
        "/api/transcripts",
        media={"name": "t.jsonl", "content": base64.b64encode(TRANSCRIPT.encode()).decode()},
        status=201,
    ),
    "GET /api/status": Row("/api/status"),
    "GET /api/wait": Row("/api/wait?timeout=0"),
    "GET /api/files/{number:int}": Row("/api/files/{file}"),
    "GET /attachments/token/{token}/": Row("/attachments/token/{file_token}/"),
    "GET /attachments/stored/{key}/{name}": Row("/attachments/stored/{storage_key}/x"),
}

REST: Mapping[str, Row] = {
    "POST /api/v2/any_channel/push": _rest(
        "/api/v2/any_channel/push",
        external_resources=[
            {
                "external_id": "pushed-1",
                "message": "pushed",
                "created_at": "2026-01-02T03:04:05Z",
                "author": {"external_id": "ann"},
            }
        ],
    ),
    "POST /api/v2/any_channel/validate_token": _rest("/api/v2/any_channel/validate_token", changes=False),
    "POST /api/v2/any_channel/channelback/report_error": _rest(
        "/api/v2/any_channel/channelback/report_error", external_id="{posted}", description="gone"
    ),
}

DESK: Mapping[str, Row] = {**PAGES, **API, **REST}
