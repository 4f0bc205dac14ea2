# SPDX-License-Identifier: Apache-2.0
"""A site on loopback that answers whatever a test wants, as no WordPress would."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

HTML = "<!doctype html><title>Welcome</title><p>Not what you asked for."


@dataclass(frozen=True)
class Answer:
    """What the site answers; None as status drops the connection."""

    body: object = ""
    status: int | None = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0

    def as_bytes(self):
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        kind = "text/html" if isinstance(self.body, str) else "application/json"
        content = text.encode()
        headers = {"content-type": kind, "content-length": len(content), "connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status} .", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def refusal(status, code):
    """WordPress's way to say no."""
    return Answer({"code": code, "message": f"Sorry &#8212; {code}.", "data": {"status": status}}, status)


class FakeSite:
    """Answers by path, or with `otherwise`; an answer may be a function of the query. Keeps what it was asked."""

    def __init__(self):
        self.answers = {}
        self.otherwise = Answer(HTML)
        self.asked = []
        self.url = ""
        self._server = None

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split("\r\n")[0].split(" ")
            self.asked.append(f"{method} {target}")
            address = urlsplit(target)
            answer = self.answers.get(f"{method} {address.path}", self.otherwise)
            if callable(answer):
                answer = answer(dict(parse_qsl(address.query)))
            await asyncio.sleep(answer.seconds)
            if answer.status is not None:
                writer.write(answer.as_bytes())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def index(site, *, passwords=True, **changes):
    """The index of a REST API."""
    ways = {"application-passwords": {"endpoints": {}}} if passwords else {}
    return Answer(
        {"name": "Fake", "home": site.url, "namespaces": ["oembed/1.0", "wp/v2"], "authentication": ways, **changes}
    )


def me(**changes):
    """The user, who moderates."""
    return Answer({"id": 2, "name": "Agent", "capabilities": {"moderate_comments": True}, **changes})


def comment(number, **changes):
    """A comment as the REST API tells of it."""
    return {
        "id": number,
        "post": 1,
        "parent": 0,
        "author": 0,
        "author_name": "Ada",
        "author_email": "ada@example.test",
        "author_user_agent": "Mozilla",
        "date_gmt": "2026-11-20T12:00:00",
        "content": {"rendered": f"<p>Comment {number}</p>"},
        "status": "approved",
        "type": "comment",
        **changes,
    }


def listing(comments, *, total=None):
    """A list of comments that obeys `include`, `offset` and `per_page`."""

    def answer(query):
        wanted = set(map(int, query["include"].split(","))) if "include" in query else None
        listed = [each for each in comments if wanted is None or each["id"] in wanted]
        start = int(query.get("offset", 0))
        part = listed[start : start + int(query["per_page"])]
        return Answer(part, headers={"x-wp-total": str(len(listed) if total is None else total)})

    return answer


WRITING = "POST /wp-json/wp/v2/comments"
WRITES = refusal(400, "rest_invalid_comment_type")
"""The answer to a comment of no type, of somebody who may write."""
COMMENTS = "GET /wp-json/wp/v2/comments"
ME = "GET /wp-json/wp/v2/users/me"
INDEX = "GET /wp-json/"


def account_values(site):
    """An account at the site, as set-up would have made it."""
    return {
        "site": site.url,
        "root": f"{site.url}/wp-json/",
        "user": "agent",
        "password": "canary-password",
        "user_id": 2,
        "since": 0.0,
        "waiting_too": False,
        "guest_key": "key",
    }
