# SPDX-License-Identifier: Apache-2.0
"""The production edge as an application without sockets, and a connector that is a script of answers."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import unquote

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from grpc.aio import EOF

from sealock.connector.v1 import (
    channelback_pb2,
    clickthrough_pb2,
    describe_pb2,
    event_pb2,
    file_pb2,
    pull_pb2,
    setup_pb2,
    webhook_pb2,
)
from sealock.edge.v1.account_pb2 import SetupProgress
from sealock_edge.sealing import EventTokens, Purpose, Sealer
from tests.edge.edge_under_test import GUESTBOOK_ID, MovedClock, add_key, build, settings, under_test
from tests.fuzz.scripted import SEPARATOR, run

RETURN_URL = "https://example.zendesk.com/zendesk/channels/integration_service_instances/editor_finalizer"
ANSWERS: dict[str, type[Message]] = {
    "Describe": describe_pb2.DescribeResponse,
    "Setup": setup_pb2.SetupResponse,
    "Pull": pull_pb2.PullResponse,
    "Channelback": channelback_pb2.ChannelbackResponse,
    "ResolveClickthrough": clickthrough_pb2.ResolveClickthroughResponse,
    "HandleEvent": event_pb2.HandleEventResponse,
    "OpenFile": file_pb2.OpenFileResponse,
    "ReceiveWebhook": webhook_pb2.ReceiveWebhookResponse,
}


class ScriptedChannel:
    """In place of a gRPC channel: each RPC gets the bytes that its script says, read as gRPC reads them."""

    def __init__(self) -> None:
        self.script: dict[str, list[bytes]] = {}

    def use(self, script: bytes) -> None:
        """Answers are apart by `%%`; the first line of each is the RPC, the rest its message as JSON, or its bytes."""
        self.script = {}
        for part in script.split(SEPARATOR):
            name, _, body = part.partition(b"\n")
            rpc = name.decode("latin-1").strip()
            if rpc in ANSWERS:
                self.script.setdefault(rpc, []).append(wire(ANSWERS[rpc], body))

    def unary_unary(self, path: str, *, response_deserializer: Any, **_: Any) -> Any:
        async def call(_request: Message, **_: Any) -> Any:
            return self._answer(path, response_deserializer)

        return call

    def stream_unary(self, path: str, *, response_deserializer: Any, **_: Any) -> Any:
        return lambda **_: _Reply(lambda: self._answer(path, response_deserializer))

    def unary_stream(self, path: str, *, response_deserializer: Any, **_: Any) -> Any:
        def call(_request: Message, **_: Any) -> _File:
            parts = self.script.get(path.rpartition("/")[2], [])
            return _File([_read(part, response_deserializer) for part in parts])

        return call

    async def close(self, _grace: float | None = None) -> None:
        """Nothing is open."""

    def _answer(self, path: str, response_deserializer: Callable[[bytes], Message]) -> Message | None:
        answers = self.script.get(path.rpartition("/")[2], [b""])
        return _read(answers.pop(0) if len(answers) > 1 else answers[0], response_deserializer)


def _read(data: bytes, deserializer: Callable[[bytes], Message]) -> Message | None:
    try:
        return deserializer(data)
    except DecodeError:
        return None


class _Reply:
    def __init__(self, answer: Callable[[], Message | None]) -> None:
        self._answer = answer

    def __await__(self):
        if False:
            yield
        return self._answer()

    async def write(self, _piece: Message) -> None:
        """Taken."""

    async def done_writing(self) -> None:
        """All were taken."""

    def done(self) -> bool:
        return False

    def cancel(self) -> None:
        """Nothing goes on."""


class _File:
    def __init__(self, parts: list[Message | None]) -> None:
        self._parts = parts

    async def read(self) -> Any:
        return self._parts.pop(0) if self._parts else EOF

    def cancel(self) -> None:
        """Nothing goes on."""


def wire(kind: type[Message], body: bytes) -> bytes:
    """The message that is written as JSON, as bytes; what is no such JSON is bytes already."""
    try:
        return json_format.Parse(body, kind(), ignore_unknown_fields=True).SerializeToString()
    except Exception:  # noqa: BLE001 - whatever the JSON is, it was only a way to write bytes
        return body


class EdgeApp:
    """The edge, its connector's script, and what a caller may have of it."""

    def __init__(self) -> None:
        self.channel = ScriptedChannel()
        folder, clock = Path(tempfile.mkdtemp(prefix="sealock-fuzz-")), MovedClock()
        keys = folder / "keys"
        add_key(keys, clock)
        with mock.patch("sealock_edge.app.open_channel", return_value=self.channel):
            self.edge, ring, self.log = build(settings("unused"), keys, clock)
            self.handle = under_test(self.edge, ring, keys, clock, self.log)
            run(self._started())
        self.sealer = Sealer(ring, clock)
        progress = SetupProgress(return_url=RETURN_URL, flow_id="flow", step_id="site", account=self.handle.record())
        until = self.handle.links.expiry()
        seal = self.sealer.seal_until
        self.given = {
            "metadata": self.handle.metadata(),
            "state": self.handle.state(b"state"),
            "file": self.handle.file_path().partition("/files/")[2],
            "token": EventTokens(self.sealer).token(GUESTBOOK_ID),
            "setup": seal(progress.SerializeToString(), until, purpose=Purpose.SETUP, owner=(GUESTBOOK_ID,)),
            "sign_in": seal(b"flow", until, purpose=Purpose.SIGN_IN, owner=(GUESTBOOK_ID, "state")),
        }

    async def _started(self) -> None:
        events = iter([{"type": "lifespan.startup"}])

        async def receive() -> dict[str, Any]:
            try:
                return next(events)
            except StopIteration:
                raise _Started from None

        async def send(_message: dict[str, Any]) -> None:
            """The answer does not matter."""

        with suppress(_Started):
            await self.edge.public({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """
        The status and the body of the answer to `METHOD /path?query`, headers, an empty line and a body, in which
        `{metadata}` and the like stand for what a caller has. Fails where the edge calls it a fault of its own.
        """
        self.log.seek(0)
        self.log.truncate()
        head, _, body = request.partition(b"\n\n")
        for name, value in self.given.items():
            head, body = (part.replace(b"{%s}" % name.encode(), value.encode()) for part in (head, body))
        first, *lines = head.split(b"\n")
        method, _, target = first.partition(b" ")
        target = bytes(each for each in target if 0x20 < each < 0x7F)  # a server takes nothing else
        answer = run(self._answer(method.decode("latin-1").upper(), target, _headers(lines, body), body))
        faults = [line for line in self.log.getvalue().splitlines() if b'"fault"' in line]
        assert not faults, faults
        said_by_connector = b"/webhook" in target
        assert answer[0] != 500 or said_by_connector or answer[1] == b"" or b"Something went wrong" in answer[1], answer
        return answer

    async def _answer(self, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Any:
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8080),
            "client": ("192.0.2.1", 4711),
            "scheme": "http",
            "method": method,
            "root_path": "",
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
        }
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await self.edge.public(scope, receive, send)
        except Exception as error:
            if type(error).__name__ != "BrokenOff":
                raise
        status = next((each["status"] for each in sent if each["type"] == "http.response.start"), 0)
        for each in sent:
            for name, value in each.get("headers", ()):
                assert not set(name + value) & set(b"\r\n\0"), "an answer's header has a line break in it"
        return status, b"".join(each.get("body", b"") for each in sent)


class _Started(Exception):
    """The application has started."""


_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def _headers(lines: list[bytes], body: bytes) -> list[tuple[bytes, bytes]]:
    """What a server hands on: names in small letters, values without line breaks, and a length that was checked."""
    headers = [(b"content-length", str(len(body)).encode())] if body else []
    for line in lines:
        name, _, value = line.partition(b":")
        if _NAME.fullmatch(name) and not set(value) & set(b"\r\n\0"):
            headers.append((name.lower(), value.strip()))
    return headers


@cache
def edge_app() -> EdgeApp:
    """One for all harnesses of a process."""
    return EdgeApp()
