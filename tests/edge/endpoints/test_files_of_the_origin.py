# SPDX-License-Identifier: Apache-2.0
"""`/{integration}/files/{sealed}/{name}` over real HTTP, from a pull's link to the connector's bytes."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import grpc
import pytest

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.external_resource_pb2 import FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from tests.edge.edge_under_test import GUESTBOOK_ID, add_key, build, settings, under_test
from tests.edge.endpoints.test_pull import resource
from tests.edge.scripted_connector import BareCode, Refusal, described
from tests.edge.serving import DATA, file_edge, opened

UNKNOWN = "This account is not known here."


@pytest.fixture
async def files(edge, connector):
    async with file_edge(edge, connector) as files:
        files.script(DATA[:100_000], DATA[100_000:], info={"size": len(DATA)})
        yield files


async def fetched(files, method, link, **how):
    if method == "POST":
        how = {"data": {"metadata": files.edge.metadata()}, **how}
    return await files.http.request(method, link, **how)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("size", [len(DATA), 0], ids=["of known size", "of unknown size"])
async def test_a_link_gives_the_file_s_bytes(files, connector, method, size):
    files.script(DATA[:100_000], b"", DATA[100_000:], info={"size": size})
    answer = await fetched(files, method, await files.link())

    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers.get("content-length") == (str(size) if size else None)
    [call] = connector.seen("OpenFile")
    assert (call.request.account_id, call.request.reference) == ("account-1", "ref-1")
    assert call.request.account == b'{"password":"canary-password"}'
    assert call.metadata["x-request-id"] == answer.headers["x-request-id"]
    assert 50 < call.seconds_left < 60


@pytest.mark.parametrize("size", [len(DATA), 0], ids=["of known size", "of unknown size"])
async def test_head_says_what_the_file_is_and_ends_the_call(files, connector, size):
    files.script(DATA, info={"size": size})
    link = await files.link()
    got, head = await files.http.get(link), await files.http.head(link)

    assert (head.status_code, head.content) == (200, b"")
    differing = {"date", "x-request-id", "transfer-encoding"}
    assert {name: value for name, value in head.headers.items() if name not in differing} == {
        name: value for name, value in got.headers.items() if name not in differing
    }
    await files.until_no_file_is_on_its_way()


async def test_an_empty_file_is_one(files):
    files.script()
    answer = await files.http.get(await files.link())
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("told", "answered"),
    [
        ("image/png", "image/png"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ('text/plain; a="b c"; d=e', 'text/plain; a="b c"; d=e'),
        ("", "application/octet-stream"),
        ("picture", "application/octet-stream"),
        ("image/png\r\nset-cookie: a=b", "application/octet-stream"),
        ("image/png, text/html", "application/octet-stream"),
        ("image/ünï", "application/octet-stream"),
        ("image/" + "x" * 122, "application/octet-stream"),
    ],
)
async def test_a_content_type_is_the_connector_s_if_it_is_one(files, told, answered):
    files.script(b"x", info={"content_type": told})
    answer = await files.http.get(await files.link())
    assert answer.headers["content-type"] == answered
    assert "set-cookie" not in answer.headers


async def test_whoever_opens_a_file_in_a_browser_gets_it_as_a_download_in_which_nothing_runs(files):
    files.script(b"<script>alert(1)</script>", info={"content_type": "text/html", "name": "other.html"})
    headers = (await files.http.get(await files.link('Grüße, "Anna".html'))).headers
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%2C%20%22Anna%22.html"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "private, no-store"


async def test_eleven_files_are_ten_files_and_a_link_in_the_text(files):
    references = [FileReference(name=f"{number}.png", reference=f"ref-{number}") for number in range(11)]
    files.connector.script("Pull", PullResponse(resources=[resource(files=references)]))
    [answered] = (await files.edge.pull()).json["external_resources"]

    assert len(answered["file_urls"]) == 10
    name, _, link = answered["message"].rpartition("\n")[2].partition(": ")
    assert name == "10.png"
    assert (await files.http.get(files.here(link))).content == DATA
    assert files.connector.seen("OpenFile")[0].request.reference == "ref-10"


async def test_without_the_capability_a_file_is_named_and_no_account_is_remembered(edge, connector):
    reference = FileReference(name="pier.png", reference="ref-1")
    connector.script("Pull", PullResponse(resources=[resource(files=[reference])]))
    [answered] = (await edge.pull()).json["external_resources"]

    assert "file_urls" not in answered
    assert answered["message"].endswith(
        "Files that stayed at the origin, where the link of this message leads:\npier.png"
    )
    answer = await edge.client.simulate_head(edge.file_path())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "120")


async def test_the_very_first_pull_gives_links_already(edge, connector):
    async def slowly(_request):
        await asyncio.sleep(0.5)
        return described(capabilities=[Capability.CAPABILITY_FILES])

    connector.script("Describe", slowly)
    connector.script("Pull", PullResponse(resources=[resource(files=[FileReference(name="a.png", reference="r")])]))
    [answered] = (await edge.pull()).json["external_resources"]
    assert len(answered["file_urls"]) == 1


def changed_name(link: str) -> str:
    return link.rpartition("/")[0] + "/pier.html"


def flipped(link: str, position: int) -> str:
    base, sealed, name = link.rsplit("/", 2)
    sealed = sealed[:position] + ("A" if sealed[position] != "A" else "B") + sealed[position + 1 :]
    return f"{base}/{sealed}/{name}"


REFUSED = {
    "under another name": changed_name,
    "of another integration": lambda link: link.replace("/guestbook/", "/other/"),
    "a letter changed": lambda link: flipped(link, 50),
    "the first letter changed": lambda link: flipped(link, 0),
    "cut": lambda link: link.replace("/pier.png", "")[:-1] + "/pier.png",
    "nothing like one": lambda link: link.rsplit("/", 2)[0] + "/x/pier.png",
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
async def test_a_link_that_is_not_ours_gets_one_and_the_same_answer(files, connector, change, method):
    answer = await fetched(files, method, change(await files.link()))

    assert answer.status_code == 401
    assert method == "HEAD" or answer.json()["error_info"] == UNKNOWN
    assert "content-disposition" not in answer.headers
    assert connector.seen("OpenFile") == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_expires_with_the_same_answer(files, connector, method):
    link = await files.link()
    files.edge.clock.move(seconds=86_399)
    assert (await fetched(files, method, link)).status_code == 200
    files.edge.clock.move(seconds=2)
    answer = await fetched(files, method, link)
    assert (answer.status_code, answer.json()["error_info"]) == (401, UNKNOWN)


FOREIGN = {
    "another account's": lambda edge: edge.metadata("account-2"),
    "another integration's": lambda edge: edge.metadata(integration_id="org.example.other"),
    "a state": lambda edge: edge.state(b"x"),
    "unsealed": lambda _: '{"account_id": "account-1"}',
}


@pytest.mark.parametrize("metadata", FOREIGN.values(), ids=FOREIGN)
async def test_metadata_that_does_not_fit_the_link_gets_the_same_answer(files, connector, metadata):
    answer = await files.http.post(await files.link(), data={"metadata": metadata(files.edge)})
    assert (answer.status_code, answer.json()["error_info"]) == (401, UNKNOWN)
    assert connector.seen("OpenFile") == []


async def test_metadata_that_comes_with_the_call_counts_more_than_what_was_seen(files, connector):
    link = await files.link()
    metadata = files.edge.metadata(connector_account=b"renewed")
    assert (await files.http.post(link, data={"metadata": metadata, "new": "field"})).status_code == 200
    assert connector.seen("OpenFile")[0].request.account == b"renewed"


BODIES = {
    "none": {},
    "an empty form": {"data": {"metadata": ""}},
    "JSON": {"json": {"metadata": "x"}},
    "a multipart form": {"files": {"metadata": b"x"}},
    "anything": {"content": b"x", "headers": {"content-type": "x"}},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_post_without_metadata_is_answered_as_get_is(files, body):
    assert (await files.http.post(await files.link(), **body)).content == DATA


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"metadata=a&metadata=b", 400), (b"metadata=%FF", 400), (b"metadata=" + b"x" * 5001, 400), (b"x" * 65_537, 413)],
)
async def test_a_post_that_is_malformed_or_too_large_is_refused(files, connector, body, status):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await files.http.post(await files.link(), content=body, headers=headers)
    assert answer.status_code == status
    assert connector.seen("OpenFile") == []


async def test_an_account_that_was_never_pulled_here_is_asked_for_later_and_then_known(files):
    link = files.url + files.edge.file_path()
    answer = await files.http.get(link)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "120")
    assert files.edge.calls[-1]["outcome"] == "account_not_seen"

    files.connector.script("Pull", PullResponse())
    await files.edge.pull()
    assert (await files.http.get(link)).content == DATA


async def test_an_account_that_was_renewed_or_sealed_anew_is_used_as_it_is_now(files, connector):
    link, old = await files.link(), files.edge.metadata()
    add_key(files.edge.keys, files.edge.clock)
    files.edge.ring.reload()
    connector.script("Pull", PullResponse(account=b"renewed"))
    await files.edge.pull(old)
    for key in files.edge.keys.glob("*.key"):
        if key.stem != files.edge.ring.primary.id:
            key.unlink()
    assert (await files.http.get(link)).content == DATA
    assert connector.seen("OpenFile")[0].request.account == b"renewed"


async def test_an_account_whose_key_was_retired_is_asked_for_later(files):
    await files.link()
    [old] = files.edge.keys.glob("*.key")
    add_key(files.edge.keys, files.edge.clock)
    old.unlink()
    files.edge.ring.reload()
    assert (await files.http.get(files.url + files.edge.file_path())).status_code == 503


@pytest.mark.parametrize(
    "name", ["Grüße „vom“ Pier 🛶.png", "a b+c&d?e#f%20;g=h.png", "..\\a/b.png", "x" * 300 + ".png"]
)
async def test_any_name_leads_there_and_is_what_the_file_is_called(files, name):
    link = await files.link(name)
    answer = await files.http.get(link)
    assert answer.content == DATA
    assert (
        answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{urlsplit(link).path.rsplit('/', 1)[1]}"
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_what_a_connector_refuses_is_refused_before_anything_is_sent(files, connector, method):
    connector.script("OpenFile", Refusal(5, message_for_agent="canary-sentence"))
    answer = await fetched(files, method, await files.link())
    assert answer.status_code in {401, 404, 429, 503, 500}
    assert "canary" not in answer.text
    assert "content-disposition" not in answer.headers


async def test_a_call_that_nobody_answered_is_repeated_before_the_first_message(files, connector):
    whole = [opened(size=1), b"x"]
    files.script(b"x", info={"size": 1})
    connector.script("OpenFile", BareCode(grpc.StatusCode.UNAVAILABLE), connector.scripts["OpenFile"][0])
    assert (await files.http.get(await files.link())).content == b"x"
    assert len(connector.seen("OpenFile")) == len(whole)
    line = 'sealock_edge_connector_calls_total{code="%s",integration="guestbook",rpc="OpenFile"}'
    assert await files.edge.metric(line % "UNAVAILABLE") == 1
    assert await files.edge.metric(line % "OK") == 1


@pytest.mark.parametrize("first", [[], [b"chunk"], [b"", b"chunk"]], ids=["nothing", "a chunk", "an empty chunk"])
async def test_a_file_that_does_not_begin_with_its_info_is_the_connector_s_fault(files, connector, first):
    files.script(*first)
    connector.script("OpenFile", connector.scripts["OpenFile"][0][1:])
    answer = await files.http.get(await files.link())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


async def test_a_first_message_that_cannot_be_read_is_the_connector_s_fault(files, connector):
    connector.script("OpenFile", [b"\xff\xff\xff canary"])
    answer = await files.http.get(await files.link())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_read(files, connector, tmp_path, method):
    tables = settings(connector.target, origin_file_bytes=1000)
    built, ring, log = build(tables, files.edge.keys, files.edge.clock)
    small = under_test(built, ring, files.edge.keys, files.edge.clock, log)
    async with small.client, file_edge(small, connector) as strict:
        strict.script(DATA, info={"size": 1001})
        answer = await fetched(strict, method, await strict.link())
        assert answer.status_code == 422
        assert small.calls[-1]["outcome"] == "too_large"
        strict.script(bytes(1000), info={"size": 1000})
        assert (await fetched(strict, method, await strict.link())).status_code == 200
        await strict.until_no_file_is_on_its_way()


async def test_the_links_of_the_longest_ids_and_names_fit_zendesk(files):
    [link] = await files.links(FileReference(name="ä" * 127 + ".png", reference="r" * 200))
    assert len(link.replace(files.url, "https://channels.example.com")) <= 511
    assert (await files.http.get(link)).content == DATA


async def test_the_integration_of_a_link_is_the_one_it_was_made_for(files):
    link = files.edge.file_path(integration_id="org.example.other")
    assert (await files.http.get(files.url + link)).status_code == 401
    assert (await files.http.get(files.url + files.edge.file_path(integration_id=GUESTBOOK_ID))).status_code == 503
