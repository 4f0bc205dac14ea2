# SPDX-License-Identifier: Apache-2.0
"""Whatever an origin or an agent writes is shown as it is or cleaned, and nothing of it runs or is lost."""

from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.api.client import ZendeskSaysNo
from sealock_devkit.zendesk.context import printable
from sealock_devkit.zendesk.engine.conversion import ALLOWED_TAGS, clean_html
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.hostile_vectors import VECTORS
from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource
from tests.devkit.zendesk.serving import served
from tests.serving import client_of

LINK, PICTURE = re.compile(r"(https?://|mailto:)", re.IGNORECASE), re.compile(r"https://", re.IGNORECASE)


def only_what_is_allowed(html: str) -> None:
    """Checks cleaned HTML as a browser reads it."""
    assert "<!" not in html
    body = LexborHTMLParser(html).body
    assert body is not None
    for node in body.css("*"):
        attributes = dict(node.attributes)
        if node.tag == "body":
            assert attributes == {}
            continue
        assert node.tag in ALLOWED_TAGS
        if node.tag == "a":
            assert LINK.match(attributes.pop("href", "https://"))
            assert attributes.pop("rel") == "noopener noreferrer"
        elif node.tag == "img":
            assert PICTURE.match(attributes.pop("src", "https://"))
            attributes.pop("alt", None)
        assert attributes == {}


@pytest.mark.parametrize("html", VECTORS)
def test_nothing_that_runs_or_loads_is_left_of_it(html):
    cleaned = clean_html(html)
    only_what_is_allowed(cleaned)
    assert clean_html(cleaned) == cleaned


@pytest.mark.parametrize("html", VECTORS)
def test_nothing_comes_out_of_what_stands_around_it(html):
    for around in ("<p>{}</p>", "<a href='https://e.example/'>{}</a>", "<ul><li>{}", "<pre>{}", "<b title='{}'>x</b>"):
        only_what_is_allowed(clean_html(around.format(html)))


PIECES = st.sampled_from(
    [
        *VECTORS,
        "<p>",
        "</p>",
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "<table>",
        "'",
        '"',
        ">",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=6).map("".join))
def test_whatever_goes_in_only_what_is_allowed_comes_out_and_stays_as_it_is(html):
    cleaned = clean_html(html)
    only_what_is_allowed(cleaned)
    assert clean_html(cleaned) == cleaned


TAG = st.sampled_from([*sorted(ALLOWED_TAGS), "script", "svg", "math", "iframe", "form", "style", "x-y"])
ATTRIBUTE = st.sampled_from(["href", "src", "onclick", "style", "id", "class", "alt", "srcset", "xlink:href", "target"])
VALUE = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["javascript:x", "https://e.example/", "//e", "data:,x", "mailto:a", " https://e", "HTTP://E"]),
)


@given(st.lists(st.tuples(TAG, st.dictionaries(ATTRIBUTE, VALUE, max_size=3), st.text(max_size=4)), max_size=6))
def test_any_tags_with_any_attributes_are_cleaned(parts):
    written = ""
    for tag, attributes, text in parts:
        inside = "".join(f' {name}="{value}"' for name, value in attributes.items())
        written += f"<{tag}{inside}>{text}"
    only_what_is_allowed(clean_html(written))


KEPT = [
    "<p>a <b>b</b> <strong>c</strong> <i>d</i> <em>e</em> <u>f</u><br>g</p>",
    "<ul><li>a</li></ul><ol><li>b</li></ol>",
    "<blockquote>a</blockquote><pre><code>b &lt; c</code></pre>",
    '<a href="mailto:ann@e.example" rel="noopener noreferrer">mail</a>',
    '<a href="http://e.example/?a=1&amp;b=2" rel="noopener noreferrer">plain</a>',
    '<img src="https://e.example/a.png" alt="a">',
    "🎉 \u202eright to left\u202c é",
]


@pytest.mark.parametrize("html", KEPT)
def test_what_a_comment_may_have_stays_as_it_is(html):
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("html", "is_kept"),
    [
        ("<script>x</script>", False),
        ("<p> &nbsp;<br></p>", False),
        ("<img src='http://e.example/a.png'>", False),
        ("<img alt='a' src='https://e.example/a.png'>", True),
        ("<p>x</p>", True),
    ],
)
async def test_html_of_which_nothing_is_left_to_see_gives_way_to_the_text(zendesk, service, account, html, is_kept):
    service.resources = [resource("c1", "the text", html_message=html)]
    await zendesk.pull(account.id)
    (comment,) = zendesk.store.tickets.comments(1)
    assert (comment.body, bool(comment.html_body)) == ("the text", is_kept)


OTHERS = {
    "joined emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 e\u0301 \ufdfd \U0001d54f",
    "turned around": "\u202egpj.exe\u202c and \u2066isolated\u2069",
    "NUL": "a\x00b",
    "control characters": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "invisible": "\ufeff\u200b\u2028\u2029\x85.",
    "65,535 letters": "x" * 65_535,
    "65,535 emoji": "\U0001f389" * 65_535,
}
TEXTS = [pytest.param(VECTORS, id="markup"), *(pytest.param([text], id=name) for name, text in OTHERS.items())]


@pytest.fixture
async def client(zendesk):
    async with served(zendesk) as url, client_of(url, timeout=30, headers={"origin": url}) as client:
        yield client


def as_a_browser_reads(text: str) -> str:
    """A text on a page: without NUL, which no page can have, and with each run of white space as one space."""
    return " ".join(re.sub("[\x00\ufffd]", "", text).split())


async def page(client, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def runs_nothing(tree: LexborHTMLParser) -> None:
    """All that a page runs, loads or sends is its own."""
    for script in tree.css("script"):
        assert script.attributes.get("nonce")
        assert script.attributes.get("src", "").startswith("/assets/")
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src", "action", "formaction"}:
                assert re.match(r"(/|#|https?://|mailto:)", value or "/")
    assert tree.css("iframe, object, embed, base, svg, math, style, meta[http-equiv]") == []


@pytest.mark.parametrize("texts", TEXTS)
async def test_hostile_comments_are_kept_whole_and_shown_as_text(zendesk, service, account, client, texts):
    service.resources = [
        resource(
            f"c{number}",
            text,
            thread_id="t",
            html_message=text if number % 2 else f"<b>{text[:60_000]}",
            author={"external_id": f"a{number}", "name": text[:255], "image_url": "javascript:window.ran=1"},
            fields=[{"id": "subject", "value": text[:255]}],
            display_info=[{"type": text[:255], "data": {text[:255]: text[:1_000]}}],
        )
        for number, text in enumerate(texts)
    ]
    service.state = texts[0][:5_000]
    assert (await zendesk.pull(account.id)).problem == ""
    comments = zendesk.store.tickets.comments(1)
    assert [comment.body for comment in comments] == texts
    assert [user.name for user in zendesk.store.users.all()] == [text[:255] for text in texts]
    assert [json.loads(comment.display_info) for comment in comments] == [
        each["display_info"] for each in service.resources
    ]
    api = (await client.get("/api/tickets/1")).json()
    assert [comment["body"] for comment in api["comments"]] == texts
    for path in ("/tickets", "/calls", "/events", "/violations", f"/accounts/{account.id}"):
        runs_nothing(await page(client, path))
    tree = await page(client, "/tickets/1")
    runs_nothing(tree)
    authors = [as_a_browser_reads(author.text()) for author in tree.css(".message .who b")]
    assert authors == [as_a_browser_reads(text[:255]) for text in texts]


@pytest.mark.parametrize("texts", TEXTS)
async def test_hostile_replies_of_an_agent_arrive_whole_and_are_shown_as_text(zendesk, service, account, client, texts):
    service.script[PULL] = [Canned({"external_resources": [resource("c1")]})]
    await zendesk.pull(account.id)
    for text in texts:
        given = {"body": text, "agent": text[:100], "wait": 20}
        assert (await client.post("/api/tickets/1/comments", json=given)).status_code == 201
    assert [form["message"] for form in service.calls(CHANNELBACK)] == texts
    tree = await page(client, "/tickets/1")
    runs_nothing(tree)
    shown = [as_a_browser_reads(body.text()) for body in tree.css(".message .body")]
    assert shown == ["hello", *map(as_a_browser_reads, texts)]


async def test_half_a_character_is_refused_wherever_it_is_typed(zendesk, service, account, client):
    service.script[PULL] = [
        Canned(b'{"external_resources": [{"external_id": "\\ud83c"}]}', content_type="application/json"),
        Canned({"external_resources": [resource("c1")]}),
    ]
    assert (await zendesk.pull(account.id)).problem == "the answer is not JSON"
    await zendesk.pull(account.id)
    json_type = {"content-type": "application/json"}
    for method, path, name in (
        ("POST", "/api/tickets/1/comments", "body"),
        ("PATCH", "/api/settings", "locale"),
        ("POST", "/api/integrations", "manifest_url"),
    ):
        raw = f'{{"{name}": "\\udc00"}}'.encode()
        answer = await client.request(method, path, content=raw, headers=json_type)
        assert (answer.status_code, "half a character" in answer.json()["error"]) == (400, True)
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post("/tickets/1/comments", content=b"body=%ED%A0%80x&kind=note", headers=form)
    assert answer.status_code == 303
    assert zendesk.store.tickets.comments(1)[-1].body.endswith("x")


async def test_an_avatar_is_shown_only_from_https(zendesk, service, account, client):
    avatars = [
        "https://a.example/a.png",
        "javascript:window.ran=1",
        "data:image/svg+xml,<svg onload=window.ran=1>",
        "http://127.0.0.1:1/a.png",
        'HTTPS://a.example/a.png" onerror="window.ran=1',
    ]
    service.resources = [
        resource(f"c{number}", thread_id="t", author={"external_id": f"a{number}", "name": "A", "image_url": url})
        for number, url in enumerate(avatars)
    ]
    await zendesk.pull(account.id)
    tree = await page(client, "/tickets/1")
    assert [node.attributes["src"] for node in tree.css(".avatar img")] == avatars[:1]
    assert len(tree.css(".conversation span.avatar")) == len(avatars), "an initial stands behind each"
    runs_nothing(tree)


@pytest.mark.parametrize("name", ["<script>window.ran=1</script>", "a'\"><img src=x onerror=window.ran=1>", "\u202eb"])
async def test_hostile_names_of_integrations_accounts_and_errors_are_shown_as_text(zendesk, service, client, name):
    service.manifest |= {"name": name, "id": name}
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [{**service.good_answers, "Site": name}])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
    service.script[PULL] = [Canned({"error_info": name}, 500)]
    await zendesk.pull(account.id)
    for path in ("/channels", "/channels/1", "/accounts/1", "/calls", "/events", "/settings", "/faults"):
        tree = await page(client, path)
        runs_nothing(tree)
    assert name in (await page(client, "/accounts/1")).body.text()


@pytest.mark.parametrize("text", ["\x1b[2Jx", "\x9b31mx", "a\x07x", "\u202ex", "\u2066x", "\x7fx", "\u200fx"])
async def test_nothing_steers_the_terminal(tmp_path, service, text):
    console = io.StringIO()
    service.resources = [resource("c1", text, author={"external_id": "a", "name": text})]
    async with LocalZendesk(tmp_path / "data", QUICK, console=console) as zendesk:
        account = await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
        await zendesk.wait_until(lambda: bool(zendesk.tickets()))
        service.script[PULL] = [Canned({"error_info": text}, 500)]
        await zendesk.pull(account.id)
    said = console.getvalue()
    assert "\ufffd" in said
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", said) is None
    assert printable(str(ZendeskSaysNo(text))) == text.replace(text[:-1], printable(text[:-1]))


def test_what_steers_nothing_is_printed_as_it_is():
    text = "\U0001f469\u200d\U0001f467 é\tü\n\u05e9\u05dc\u05d5\u05dd \u0627\u0644"
    assert printable(text) == text
