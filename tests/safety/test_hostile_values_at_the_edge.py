# SPDX-License-Identifier: Apache-2.0
"""Every value that somebody else controls stands on the edge's pages as text, whatever it is."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import httpx2
from selectolax.lexbor import LexborHTMLParser

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from tests.edge.admin_pages import zendesk_form
from tests.edge.scripted_connector import Refusal, described
from tests.safety.answer_checks import first_difference, policy_of, skeleton, weaknesses
from tests.safety.hostile_values import EVIL, HARMLESS, HOSTILE, fitting, without_breaks
from tests.safety.programs import edge_rows
from tests.safety.programs.edge_scene import EdgeScene, running_edge
from tests.safety.programs.routes import answer_to, filled, request_of

HEADERS = (
    "Accept-Language",
    "X-Request-Id",
    "Referer",
    "User-Agent",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "Forwarded",
    "X-Original-URL",
    "X-Rewrite-URL",
    "Origin",
)
PARAMETERS = ("external_id", "state", "code", "error", "token", "x")


def is_page(answer: httpx2.Response) -> bool:
    """Whether a browser shows it as a page. What it saves as a file is not one, whatever the origin calls it."""
    if answer.headers.get("content-disposition", "").startswith("attachment;"):
        assert "sandbox" in policy_of(answer.headers)
        return False
    return answer.headers.get("content-type", "").startswith("text/html")


def judged(found: dict[str, httpx2.Response]) -> list[str]:
    """What is wrong with these answers themselves."""
    problems = []
    for where, answer in found.items():
        if is_page(answer):
            problems += [f"{where}: {each}" for each in weaknesses(answer.text, answer.headers)]
            problems += [
                f"{where}: {name}"
                for name in ("img-src", "object-src")
                if policy_of(answer.headers).get(name, ["'none'"]) != ["'none'"]
            ]
        elif answer.status_code == 500:
            problems.append(f"{where}: 500")
        problems += [f"{where}: {name}" for name in answer.headers if name in {"set-cookie", "evil"}]
    return problems


def compared(harmless: dict[str, httpx2.Response], hostile: dict[str, httpx2.Response]) -> list[str]:
    """Where a page has other elements or attributes than the same page with harmless words."""
    problems = []
    for where, answer in hostile.items():
        if answer.headers.get("content-type", "").startswith("text/html"):
            difference = first_difference(skeleton(harmless[where].text), skeleton(answer.text))
            problems += [f"{where}: {difference}"] if difference else []
    return problems


async def everywhere(edge: EdgeScene, values: tuple[str, ...]) -> dict[str, httpx2.Response]:
    """Every page that shows what the connector says, with each value in those places that hold only one."""
    found = {}
    for name in ("about", "dashboard"):
        found[name] = await edge.client.get(f"/guestbook/{name}")
    for number, value in enumerate(values):
        sealed = await edge.begin()
        for go in ("form", "redirect", "done", "refuse"):
            fields = {"sealock-form": sealed, "go": go, "number": str(number)}
            found[f"{go} {number}"] = await edge.post("admin_ui/step", fields)
        link = ResolveClickthroughResponse(url=f"https://elsewhere.example/{quote(value, safe='')[:900]}")
        edge.connector.script("ResolveClickthrough", link)
        found[f"interstitial {number}"] = await edge.client.get("/guestbook/clickthrough?external_id=1")
    return found


async def test_no_text_of_a_connector_becomes_a_part_of_a_page(tmp_path):
    async with running_edge(tmp_path / "one", HARMLESS) as one, running_edge(tmp_path / "other", HOSTILE) as other:
        harmless, hostile = await everywhere(one, HARMLESS), await everywhere(other, HOSTILE)
    assert {
        where: answer.status_code for where, answer in hostile.items() if answer.status_code not in {200, 503}
    } == {}
    assert judged(hostile) == []
    assert compared(harmless, hostile) == []
    form = LexborHTMLParser(hostile["form 0"].text).body.text()
    assert all(value in form for value in ("<script>canary(1)</script>", "{{ 7*7 }}", "{0.__class__}"))


async def test_a_link_of_a_connector_is_shown_only_if_a_browser_reads_it_as_it_stands(edge):
    """What is no plain web address is never linked, and what is one is shown as text beside its host."""
    found = {}
    for number, value in enumerate([*HOSTILE, *(f"https://elsewhere.example/{value}" for value in HOSTILE)]):
        edge.connector.script("ResolveClickthrough", ResolveClickthroughResponse(url=value))
        found[str(number)] = answer = await edge.client.get("/guestbook/clickthrough?external_id=1")
        assert answer.status_code in {200, 404}
        if answer.status_code == 200:
            assert LexborHTMLParser(answer.text).css_first("a.button").attributes["href"] == value
            assert LexborHTMLParser(answer.text).css_first(".host").text() == "elsewhere.example"
    assert judged(found) == []


async def test_the_sentence_for_the_agent_is_json_and_nothing_else(edge):
    for value in HOSTILE:
        refusal = Refusal(Reason.REASON_MESSAGE_REJECTED, message_for_agent=value)
        edge.connector.script("Channelback", refusal)
        answer = await answer_to(
            edge.client, "POST /x", edge_rows.PUBLIC["POST /{integration}/channelback"], edge.names
        )
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["error_info"]
        assert judged({value: answer}) == []


async def test_no_version_of_a_connector_becomes_a_header(edge):
    """The manifest's ETag follows its version."""
    tags = set()
    for value in (*HOSTILE, "\u00e9", 'quo"ted', "1.2.3"):
        edge.connector.script("Describe", described(version=fitting(value, 100)))
        await edge.client.get("/guestbook/healthcheck")
        answer = await edge.client.get("/guestbook/manifest.json")
        assert answer.status_code == 200, value
        assert fitting(value, 100) in answer.json()["version"]
        assert judged({value: answer}) == []
        tags.add(answer.headers["etag"])
    assert len(tags) == len(HOSTILE) + 3


async def asked_with(edge: EdgeScene, value: str, number: int) -> dict[str, httpx2.Response]:
    """One value in all that a request holds: path, query, fields of forms, headers; each place gets a third of them."""
    headers = dict.fromkeys(HEADERS, without_breaks(value)[:4000])
    path = quote(value[:1000], safe="")
    found = {
        "no integration": await edge.client.get(f"/{path}/about", headers=headers),
        "no page": await edge.client.get(f"/guestbook/{path}", headers=headers),
        "host": await edge.client.get("/guestbook/about", headers={"Host": f"{EVIL}:{len(value)}"}),
    }
    for route, row in edge_rows.PUBLIC.items():
        plain = request_of(route, row, edge.names)[1]
        for name, other in {
            "query": f"{plain.partition('?')[0]}?{urlencode(dict.fromkeys(PARAMETERS, value[:255]))}",
            "more": f"{plain}{'&' if '?' in plain else '?'}{path}={path}",
        }.items():
            if is_turn(f"{route} {name}", number):
                answer = await answer_to(edge.client, route, row, edge.names, path=other, headers=headers)
                found[f"{route} {name}"] = answer
        for field in row.form or {}:
            if is_turn(f"{route} {field}", number):
                body = urlencode({**filled(row.form, edge.names), field: value}).encode()
                found[f"{route} {field}"] = await answer_to(edge.client, route, row, edge.names, body=body)
    return found


def is_turn(what: str, number: int) -> bool:
    """Whether this place gets this value."""
    return number < 0 or (number + sum(what.encode())) % 3 == 0


async def test_no_part_of_a_request_becomes_a_part_of_a_page(edge):
    """Compared with the answers to a harmless word."""
    known = {each for answer in (await asked_with(edge, "word", -1)).values() for each in skeleton(answer.text)}
    # What cannot be taken brings the form again.
    again = await edge.post("admin_ui/step", {"sealock-form": await edge.begin(), "sealock-name": "word" * 100})
    known |= set(skeleton(again.text))
    problems = []
    for number, value in enumerate(HOSTILE):
        answers = await asked_with(edge, value, number)
        problems += judged(answers)
        for where, answer in answers.items():
            if is_page(answer):
                problems += [f"{where} {number}: {each}" for each in set(skeleton(answer.text)) - known]
            if EVIL in str(answer.headers):
                problems.append(f"{where} {number}: a header names {EVIL}")
    assert problems == []


async def test_an_account_that_is_edited_shows_its_name_as_text(edge):
    found = {}
    for value in HOSTILE:
        form = zendesk_form(
            name=fitting(value.replace("\x00", ""), 255),
            metadata=edge.names["metadata"],
            locale=fitting(value.replace("\x00", ""), 30),
        )
        found[value] = answer = await edge.post("admin_ui", form)
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            shown = LexborHTMLParser(answer.text).css_first("#sealock-name").attributes["value"]
            assert shown.split() == form["name"].split()
    assert judged(found) == []


async def test_a_nonce_is_used_once(edge):
    seen = [policy_of((await edge.client.get("/guestbook/about")).headers)["script-src"][0] for _ in range(20)]
    assert len(set(seen)) == 20
