# SPDX-License-Identifier: Apache-2.0
"""The edge on real HTTP, both listeners, beside a connector whose every text can be hostile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from google.protobuf.message import Message

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse, SetupKind
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.event_pb2 import HandleEventResponse
from sealock.connector.v1.external_resource_pb2 import FileReference
from sealock.connector.v1.file_pb2 import FileInfo, OpenFileResponse
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock.connector.v1.setup_pb2 import (
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupRedirect,
    SetupRequest,
    SetupResponse,
)
from sealock.connector.v1.webhook_pb2 import ReceiveWebhookResponse
from tests.edge.admin_pages import zendesk_form
from tests.edge.edge_under_test import EdgeUnderTest, MovedClock, add_key, build, settings, under_test
from tests.edge.endpoints.test_pull import resource
from tests.edge.scripted_connector import ALL_CAPABILITIES, Refusal, ScriptedConnector, described
from tests.safety.answer_checks import value_of
from tests.safety.hostile_values import fitting
from tests.safety.programs.routes import FORM, routes_of
from tests.serving import listening, served

AUTHORIZE = "https://origin.example/authorize"
DESK = "http://127.0.0.1:8800"


@dataclass
class EdgeScene:
    """The running edge, its connector, and the names that rows of the table of routes use."""

    handle: EdgeUnderTest
    connector: ScriptedConnector
    url: str
    client: httpx2.AsyncClient
    internal: httpx2.AsyncClient
    names: dict[str, str]

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        body = urlencode(fields).encode()
        return await self.client.post(f"/guestbook/{path}", content=body, headers={"Content-Type": FORM, **headers})

    async def begin(self, **changes: str) -> str:
        """The sealed field of a set-up that has just begun."""
        page = await self.post("admin_ui", zendesk_form(**{"return_url": self.names["return_url"], **changes}))
        return value_of(page.text, "[name=sealock-form]", "value")

    async def sign_in_state(self, sealed: str) -> tuple[str, str]:
        """The sealed field of a page that waits for a sign-in, and the state that this sign-in must bring back."""
        page = (await self.post("admin_ui/step", {"sealock-form": sealed, "go": "redirect"})).text
        query = parse_qs(urlsplit(value_of(page, "#open", "href")).query)
        return value_of(page, "[name=sealock-form]", "value"), query["state"][0]

    async def file_link(self, name: str) -> str:
        """The path of a link to a file of this name, which the edge has just given to Zendesk."""
        self.connector.script(
            "Pull", PullResponse(resources=[resource(files=[FileReference(name=name, reference="1")])])
        )
        answer = await self.post("pull", {"metadata": self.handle.metadata(), "state": ""})
        self.connector.script("Pull", PullResponse(state=b"cursor"))
        return urlsplit(answer.json()["external_resources"][0]["file_urls"][0]).path

    async def code(self, state: str, **query: str) -> str:
        """What the window of a sign-in shows when the origin leads back to it."""
        answer = await self.client.get("/guestbook/admin_ui/callback", params={"state": state, **query})
        assert answer.status_code == 200, answer.text
        return value_of(answer.text, "#code", "value")


def routes(scene: EdgeScene) -> tuple[set[str], set[str]]:
    """Every route of the public and of the internal listener."""
    return routes_of(scene.handle.edge.public), routes_of(scene.handle.edge.internal)


@asynccontextmanager
async def running_edge(
    folder: Path, values: Sequence[str] = ("word",), *, desk: str = DESK
) -> AsyncIterator[EdgeScene]:
    """Everything that the connector says has these values. `desk` is an origin that counts as Zendesk's."""
    public, url = listening()
    internal, internal_url = listening()
    clock = MovedClock()
    add_key(folder, clock)
    async with AsyncExitStack() as stack:
        connector = await stack.enter_async_context(ScriptedConnector())
        say(connector, list(values))
        tables = settings(connector.target, public_url=url)
        tables["zendesk"]["development_origins"] = [desk]
        edge, ring, log = build(tables, folder, clock)
        handle = under_test(edge, ring, folder, clock, log)
        await stack.enter_async_context(served(edge.public, public, lifespan="on"))
        await stack.enter_async_context(served(edge.internal, internal))
        clients = [
            await stack.enter_async_context(
                httpx2.AsyncClient(base_url=base, timeout=30, trust_env=False, verify=False)
            )
            for base in (url, internal_url)
        ]
        scene = EdgeScene(handle, connector, url, *clients, {"url": url, "return_url": f"{desk}/finish"})
        await _name(scene)
        yield scene


async def _name(scene: EdgeScene) -> None:
    handle = scene.handle
    async with asyncio.timeout(20):
        while (await scene.client.get("/guestbook/healthcheck")).status_code != 200:  # noqa: ASYNC110 - it is asked
            await asyncio.sleep(0.05)
    sealed = await scene.begin()
    _, state = await scene.sign_in_state(sealed)
    link = await scene.file_link("pier.html")
    manifest = (await scene.client.get("/guestbook/manifest.json")).json()
    scene.names |= {
        "metadata": handle.metadata(),
        "state": handle.state(b"cursor"),
        "file_link": link,
        "sealed": sealed,
        "sign_in_state": state,
        "event_token": manifest["urls"]["event_callback_url"].rpartition("=")[2],
    }


def say(connector: ScriptedConnector, values: list[str]) -> None:
    """Let the connector use these values in all its texts; single texts have the first, or the one asked for."""

    def setup(request: SetupRequest) -> Message | Refusal:
        value = values[int(request.answers.get("number", "0"))]
        match request.answers.get("go", "form"):
            case "redirect":
                return SetupResponse(redirect=_redirect(request, value))
            case "done":
                return SetupResponse(done=SetupDone(account_name=value, account=b"secret", state=value.encode()[:200]))
            case "refuse":
                return Refusal(Reason.REASON_ORIGIN_UNAVAILABLE, message_for_agent=value)
        return SetupResponse(form=_form(values, value))

    connector.script("Setup", setup)
    connector.script("Describe", _description(values))
    connector.script("Pull", PullResponse(state=values[0].encode()))
    connector.script("OpenFile", opened_file(b"<script>canary()</script>", content_type="text/html"))
    connector.script("Channelback", ChannelbackResponse(external_id="posted-1"))
    connector.script("HandleEvent", HandleEventResponse())
    connector.script("ReceiveWebhook", ReceiveWebhookResponse(status=200, body=values[0].encode()))
    connector.script("ResolveClickthrough", ResolveClickthroughResponse(url="https://guestbook.example.com/entries/1"))


def opened_file(content: bytes, **info: str) -> list[OpenFileResponse]:
    """What a connector streams of a file."""
    return [OpenFileResponse(info=FileInfo(**info)), OpenFileResponse(chunk=content)]


def _description(values: list[str]) -> DescribeResponse:
    limits = {"reply_max_chars": 1000, "reply_file_types": values, "reply_max_files": 3, "reply_max_file_bytes": 10**7}
    return described(
        capabilities=[*ALL_CAPABILITIES, Capability.CAPABILITY_FILES],
        display_name=" ".join(values),
        description=" ".join(values),
        version=fitting(values[0], 100),
        clickthrough_hosts=["guestbook.example.com", "*.pages.example.com", *values],
        limits=limits,
        setup_kinds=[SetupKind.SETUP_KIND_REDIRECT],
    )


def _redirect(request: SetupRequest, value: str) -> SetupRedirect:
    url = f"{AUTHORIZE}?redirect_uri={request.callback_url}&state={request.callback_state}"
    return SetupRedirect(step_id="oauth", url=url, title=value, description=value, session=value.encode())


def _form(values: list[str], value: str) -> SetupForm:
    kinds = [kind for kind in SetupFieldKind.values() if kind]
    fields = [
        SetupField(
            name=f"f{number}",
            kind=kinds[number % len(kinds)],
            label=each,
            help=each,
            value=each,
            placeholder=each,
            required=number % 2 == 0,
            options=[SetupOption(value=each, label=each), SetupOption(value="x", label="x")],
            secret_kept=number % 4 == 0,
        )
        for number, each in enumerate(values * (len(kinds) if len(values) == 1 else 1))
    ]
    problems = [SetupProblem(field=f"f{number}", message=each) for number, each in enumerate(values)]
    return SetupForm(
        step_id="s",
        title=value,
        description=value,
        submit_label=value,
        fields=fields,
        problems=[*problems, SetupProblem(message=value), SetupProblem(field=value, message=value)],
    )
