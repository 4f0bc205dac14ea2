# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/channelback` with files, from a Zendesk of the test's own to a real connector."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.error_detail_pb2 import Reason
from tests.connector.loopback_http import Answer, site
from tests.edge.edge_under_test import add_key, build, settings, under_test
from tests.edge.scripted_connector import ALL_CAPABILITIES, BareCode, Refusal, described

POSTED = ChannelbackResponse(external_id="posted-1")
LARGE = bytes(range(256)) * 4000


class Attachments:
    """The files of a Zendesk account by path."""

    def __init__(self):
        self.answers = {
            "/pier.png": Answer(body=b"picture", headers={"content-type": "image/png"}),
            "/large.bin": Answer(body=LARGE),
            "/gone": Answer(404),
            "/down": Answer(503),
        }
        self.site = None

    def __call__(self, request):
        return self.answers[request.target]

    def urls(self, *paths):
        return [self.site.url + path for path in paths]


@pytest.fixture
async def attachments():
    attachments = Attachments()
    async with site(attachments) as attachments.site:
        yield attachments


@pytest.fixture
async def edge(connector, attachments, tmp_path, edge_clock):
    connector.script("Describe", described(capabilities=[*ALL_CAPABILITIES, Capability.CAPABILITY_CHANNELBACK_FILES]))
    connector.script("Channelback", answer_to_whole_replies)
    keys = tmp_path / "keys"
    add_key(keys, edge_clock)
    tables = settings(connector.target, reply_file_bytes=len(LARGE))
    tables["zendesk"]["development_origins"] = [attachments.site.url]
    built, ring, log = build(tables, keys, edge_clock)
    handle = under_test(built, ring, keys, edge_clock, log)
    async with handle.client:
        yield handle


def answer_to_whole_replies(parts):
    whole = all(part.WhichOneof("part") for part in parts)
    return POSTED if whole else Refusal(Reason.REASON_INVALID_REQUEST)


async def reply(edge, urls, **changes):
    return await edge.channelback(**{"file_urls[]": urls, **changes})


async def test_the_manifest_offers_to_take_files(edge):
    assert (await edge.get("manifest.json")).json["channelback_files"] is True


async def test_files_reach_the_connector_whole_and_in_order(edge, connector, attachments):
    result = await reply(edge, attachments.urls("/pier.png", "/large.bin"))

    assert (result.status_code, result.json) == (200, {"external_id": "posted-1"})
    header, picture, chunk, large, *chunks = connector.seen("Channelback")[0].request
    assert header.header.file_count == 2
    assert (picture.file.name, picture.file.content_type, picture.file.size) == ("pier.png", "image/png", 7)
    assert (chunk.chunk, large.file.name) == (b"picture", "large.bin")
    assert b"".join(each.chunk for each in chunks) == LARGE
    assert attachments.site.requests[0].headers["authorization"] == "Bearer canary-token"


async def test_files_alone_are_a_reply(edge, connector, attachments):
    assert (await reply(edge, attachments.urls("/pier.png"), message="")).status_code == 200
    assert connector.seen("Channelback")[0].request[0].header.message == ""


@pytest.mark.parametrize(("path", "status", "words"), [("/gone", 422, "Attach it again"), ("/down", 503, "not posted")])
@pytest.mark.parametrize("before", [[], ["/pier.png"]], ids=["first", "second"])
async def test_a_reply_is_never_posted_without_its_file(edge, connector, attachments, path, status, words, before):
    result = await reply(edge, attachments.urls(*before, path))

    assert result.status_code == status
    assert words in result.json["error_info"]
    assert ("retry-after" in result.headers) == (status == 503)
    [call] = connector.seen("Channelback")
    assert call.request[-1].WhichOneof("part") is None, "broken off by what the contract forbids"


async def test_a_file_that_ends_early_breaks_the_reply_off(edge, connector, attachments):
    chunked = {"transfer-encoding": "chunked", "content-length": ""}
    attachments.answers["/cut"] = Answer(body=b"3\r\npic\r\nnot a size\r\n", headers=chunked)
    assert (await reply(edge, attachments.urls("/cut"))).status_code == 503
    assert connector.seen("Channelback")[0].request[-1].WhichOneof("part") is None


async def test_a_reply_that_was_posted_before_is_answered_whatever_became_of_its_files(edge, connector, attachments):
    connector.script("Channelback", POSTED)
    assert (await reply(edge, attachments.urls("/gone"))).status_code == 200


async def test_a_repeat_begins_the_files_anew(edge, connector, attachments):
    connector.script("Channelback", BareCode(grpc.StatusCode.UNAVAILABLE), answer_to_whole_replies)

    assert (await reply(edge, attachments.urls("/large.bin"))).status_code == 200
    first, second = connector.seen("Channelback")
    assert [part.chunk for part in first.request] == [part.chunk for part in second.request]
    assert len(attachments.site.requests) == 2


async def test_what_the_connector_refuses_is_told_in_its_sentence(edge, connector, attachments):
    connector.script("Channelback", Refusal(Reason.REASON_MESSAGE_REJECTED, message_for_agent="No such files here."))
    result = await reply(edge, attachments.urls("/large.bin"))
    assert (result.status_code, result.json["error_info"]) == (422, "No such files here.")


async def test_a_file_elsewhere_is_refused_and_nothing_is_called(edge, connector, attachments):
    result = await reply(edge, ["https://evil.example/pier.png"])
    assert result.status_code == 422
    assert "not at this Zendesk account" in result.json["error_info"]


async def test_a_file_over_the_limit_is_refused_in_a_sentence(edge, connector, attachments):
    attachments.answers["/larger.bin"] = Answer(body=LARGE + b"x")
    result = await reply(edge, attachments.urls("/larger.bin"))
    assert (result.status_code, "at most 1 MB can" in result.json["error_info"]) == (422, True)


async def test_a_host_that_never_answers_is_given_up_in_time(edge, connector, attachments, tmp_path, edge_clock):
    tables = settings(connector.target, channelback_seconds=1)
    tables["zendesk"]["development_origins"] = [attachments.site.url]
    built, ring, log = build(tables, tmp_path / "keys", edge_clock)
    attachments.answers["/hangs"] = asyncio.Event().wait()
    hurried = under_test(built, ring, tmp_path / "keys", edge_clock, log)
    async with hurried.client:
        assert (await reply(hurried, attachments.urls("/hangs"))).status_code == 503


async def test_no_secret_and_no_address_of_a_file_is_logged(edge, connector, attachments):
    await reply(edge, attachments.urls("/gone"))
    log = edge.log.getvalue().decode()
    assert edge.calls[-1]["outcome"] == "file_refused"
    assert "canary" not in log
    assert "/gone" not in log


IN_GERMAN = {
    "elsewhere": "liegt nicht bei diesem Zendesk-Konto",
    "/gone": "Zendesk hat eine Datei dieser Antwort nicht mehr",
    "/larger.bin": "ist zu groß: Höchstens 1 MB können",
    "/down": "konnte gerade nicht von Zendesk geholt werden",
}


@pytest.mark.parametrize("path", IN_GERMAN)
async def test_why_a_file_cannot_go_is_said_in_the_account_s_language(edge, attachments, path):
    attachments.answers["/larger.bin"] = Answer(body=LARGE + b"x")
    [url] = ["https://evil.example/pier.png"] if path == "elsewhere" else attachments.urls(path)
    result = await reply(edge, [url], metadata=edge.metadata(locale="de-AT"))
    assert IN_GERMAN[path] in result.json["error_info"]


async def test_a_connector_is_told_the_account_s_language(edge, connector):
    await reply(edge, [], metadata=edge.metadata(locale="pt-BR"))
    await edge.pull(edge.metadata(locale="ja"))
    assert connector.seen("Channelback")[0].request[0].header.locale == "pt-BR"
    assert connector.seen("Pull")[0].request.locale == "ja"
