# SPDX-License-Identifier: Apache-2.0
"""Every value that somebody else controls stands on the local Zendesk's pages as text, whatever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx2
from selectolax.lexbor import LexborHTMLParser

from tests.safety.answer_checks import first_difference, policy_of, skeleton, weaknesses
from tests.safety.hostile_values import EVIL, HARMLESS, HOSTILE, without_breaks
from tests.safety.programs import zendesk_rows
from tests.safety.programs.routes import FORM, answer_to, filled, method_of
from tests.safety.programs.zendesk_scene import ZendeskScene, app_zip, running_zendesk

AT_THE_SAME_TIME = ("GET /calls", "GET /events", "GET /violations")
"""Pages whose rows come in any order, as what they tell of happened together, or that offer each broken rule."""
APP = "POST /channels/app"
PARAMETERS = ("kind", "account", "status", "x", "before", "done", "by", "rule", "source", "request", "wrong", "name")


async def everywhere(desk: ZendeskScene) -> dict[str, httpx2.Response]:
    """Every page as it is, each ticket's and each account's too."""
    found = {}
    for route, row in zendesk_rows.PAGES.items():
        if row.page and method_of(route) == "GET":
            for numbers in _numbers(desk, row.path):
                path = filled(row.path, {**desk.names, **numbers})
                found[f"{route} {numbers}"] = await desk.client.get(path)
    return found


def _numbers(desk: ZendeskScene, path: str) -> list[dict[str, str]]:
    store = desk.zendesk.store
    for name, things in (("ticket", store.tickets.all()), ("account", store.accounts.all())):
        if f"{{{name}}}" in path:
            return [{name: str(thing.id)} for thing in things]
    return [{}]


async def asked_with(desk: ZendeskScene, value: str, number: int) -> dict[str, httpx2.Response]:
    """One hostile value in all that a request holds: path, query, form, headers."""
    found = {}
    header = without_breaks(value)[:4000]
    headers = {"Accept-Language": header, "X-Request-Id": header, "X-Forwarded-Host": header, "Referer": header}
    path = quote(value[:1000], safe="")
    found["no such page"] = await desk.client.get(f"/{path}", headers=headers)
    found["no such asset"] = await desk.client.get(f"/assets/{path}")
    for route, row in zendesk_rows.PAGES.items():
        if row.page and method_of(route) == "GET" and _is_turn(route, number):
            for name in ("", *PARAMETERS):
                query = urlencode(dict.fromkeys([name] if name else PARAMETERS, value[:1000]))
                path = f"{filled(row.path, desk.names)}?{query}"
                found[f"{route}?{name}"] = await desk.client.get(path, headers=headers)
    return found | await _forms_with(desk, value, number)


def _is_turn(what: str, number: int) -> bool:
    """Each place gets a fifth of the values, another place other ones."""
    return (number + sum(what.encode())) % 5 == 0


async def _forms_with(desk: ZendeskScene, value: str, number: int) -> dict[str, httpx2.Response]:
    found = {}
    for route, row in zendesk_rows.PAGES.items():
        if row.form is None or route.endswith(("/remove", "/pull", "/forget")):
            continue
        for field in row.form:
            if not _is_turn(f"{route} {field}", number):
                continue
            path = row.path.replace("{visit}", await desk.visit_key()) if "{visit}" in row.path else row.path
            form = urlencode({**filled(row.form, desk.names), field: value}).encode()
            headers = {"Origin": desk.url, "Content-Type": FORM}
            answer = await desk.client.post(filled(path, desk.names), content=form, headers=headers)
            found[f"{route} {field}"] = answer
        if _is_turn(f"{route} names", number):
            form = urlencode({value[:200]: value, "x": value}).encode()
            headers = {"Origin": desk.url, "Content-Type": FORM}
            answer = await desk.client.post(filled(row.path, desk.names), content=form, headers=headers)
            found[f"{route} names"] = answer
    return found | await _uploads_with(desk, value, number)


async def _uploads_with(desk: ZendeskScene, value: str, number: int) -> dict[str, httpx2.Response]:
    """The value as the name and as the type of each file, and as all that an app says of itself."""
    found, headers = {}, {"Origin": desk.url}
    for route, row in zendesk_rows.PAGES.items():
        for field, (name, kind, content) in filled(row.files or {}, desk.names).items():
            for what, file in {
                "name": (value, kind, content),
                "type": (name, without_breaks(value).encode("ascii", "replace").decode() or "x", content),
            }.items():
                if _is_turn(f"{route} {what}", number):
                    changed = replace(row, files={field: file})
                    found[f"{route} {what}"] = await answer_to(desk.client, route, changed, desk.names, headers=headers)
    if _is_turn("an app", number):
        app = app_zip(value, f"{desk.service.url}/manifest.json").decode("latin-1")
        row = replace(zendesk_rows.PAGES[APP], files={"app": ("app.zip", "application/zip", app)})
        found["an app"] = await answer_to(desk.client, APP, row, desk.names, headers=headers)
    return found


async def _refusals(desk: ZendeskScene) -> dict[str, httpx2.Response]:
    """What the pages say to values that are wrong and harmless."""
    found = {}
    for route, form in {
        "POST /settings": {"subdomain": "Not one"},
        APP: {},
        "POST /channels": {"manifest_url": "x"},
    }.items():
        row = replace(zendesk_rows.PAGES[route], form=form)
        if route == APP:
            row = replace(row, files={"app": ("app.zip", "application/zip", "not a zip")})
        found[route] = await answer_to(desk.client, route, row, desk.names, headers={"Origin": desk.url})
    return found


def judged(found: dict[str, httpx2.Response]) -> list[str]:
    """What is wrong with these answers themselves."""
    problems = []
    for where, answer in found.items():
        if answer.status_code >= 500:
            problems.append(f"{where}: {answer.status_code}")
        if answer.headers.get("content-type", "").startswith("text/html"):
            problems += [f"{where}: {each}" for each in weaknesses(answer.text, answer.headers)]
        if "evil" in answer.headers.get("set-cookie", "") or "set-cookie" in answer.headers:
            problems.append(f"{where}: a cookie")
    return problems


def shape_of(answer: httpx2.Response) -> list[str]:
    """The answer's elements, if it is a page."""
    return skeleton(answer.text) if answer.headers.get("content-type", "").startswith("text/html") else []


def compared(harmless: dict[str, httpx2.Response], hostile: dict[str, httpx2.Response]) -> list[str]:
    """Where a page has other elements or attributes than the same page with harmless words."""
    problems = []
    for where, answer in hostile.items():
        shapes = shape_of(harmless[where]), shape_of(answer)
        if where.startswith(AT_THE_SAME_TIME):
            shapes = sorted(set(shapes[0])), sorted(set(shapes[1]))
        difference = first_difference(*shapes)
        problems += [f"{where}: {difference}"] if difference else []
    return problems


@asynccontextmanager
async def twice(
    folder: Path, harmless: Sequence[str], hostile: Sequence[str]
) -> AsyncIterator[tuple[ZendeskScene, ZendeskScene]]:
    """The same place twice: with harmless words, and with hostile values."""
    async with running_zendesk(folder / "one", harmless) as one, running_zendesk(folder / "other", hostile) as other:
        yield one, other


async def test_no_value_becomes_a_part_of_a_page(tmp_path):
    async with twice(tmp_path, HARMLESS, HOSTILE) as two:
        harmless, hostile = [await everywhere(desk) for desk in two]
    assert len(hostile) > 100
    assert all(answer.status_code == 200 for answer in hostile.values())
    assert judged(hostile) == []
    assert compared(harmless, hostile) == []
    text = LexborHTMLParser(hostile["GET /tickets {}"].text).body.text()
    assert "{{ 7*7 }}" in text
    assert "<script>canary(1)</script>" in text


async def test_no_part_of_a_request_becomes_a_part_of_a_page(tmp_path):
    """What a value changes makes the two differ, so only places are compared that no harmless word ever made."""
    problems, known, shown = [], set(), {}
    async with twice(tmp_path, ["word"], ["word"]) as (harmless, hostile):
        for number, (word, value) in enumerate(zip(HARMLESS, HOSTILE, strict=True)):
            for answer in (await asked_with(harmless, word, number)).values():
                known |= set(shape_of(answer))
            answers = await asked_with(hostile, value, number)
            problems += judged(answers)
            shown |= {f"{where} {number}": shape_of(answer) for where, answer in answers.items()}
        for answer in (await everywhere(harmless) | await _refusals(harmless)).values():
            known |= set(shape_of(answer))
    assert problems == []
    assert {where: set(shape) - known for where, shape in shown.items() if set(shape) - known} == {}


async def test_a_nonce_is_used_once(desk):
    seen = [policy_of((await desk.client.get("/tickets")).headers)["script-src"][0] for _ in range(20)]
    assert len(set(seen)) == 20


async def test_no_address_in_a_manifest_adds_to_a_policy(desk):
    """The admin UI's origin stands in the policy of the page that frames it."""
    plain = policy_of((await desk.client.get("/channels/1/accounts/new")).headers)
    for host in (
        f"{EVIL};sandbox",
        f"{EVIL},default-src",
        f"{EVIL};script-src'unsafe-inline'",
        f"a@{EVIL}",
        f"*.{EVIL}",
    ):
        desk.service.manifest["urls"]["admin_ui"] = f"https://{host}/admin_ui"
        await desk.client.post("/channels/1/manifest", data={"again": "1"}, headers={"Origin": desk.url})
        assert desk.zendesk.store.integrations.get(1).manifest.urls["admin_ui"] == f"https://{host}/admin_ui"
        answer = await desk.client.get("/channels/1/accounts/new")
        assert "," not in answer.headers["content-security-policy"]
        policy = policy_of(answer.headers)
        assert set(policy) == set(plain)
        assert (policy["form-action"], policy["frame-src"]) == (["'self'"], ["'self'"])
        assert weaknesses(answer.text, answer.headers) == []
