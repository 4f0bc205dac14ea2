# SPDX-License-Identifier: Apache-2.0
"""Settings and faults on their page."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk import LocalZendesk, Settings
from sealock_devkit.zendesk.engine.faults import EXPLAINED
from sealock_devkit.zendesk.settings import BadSetting, all_declared
from sealock_devkit.zendesk.web.settings import shown as shown_value
from tests.devkit.zendesk.web.conftest import words


def words_of(node) -> str:
    return re.sub(r"\s+", " ", node.text()).strip()


def shown_default(value: object) -> str:
    return shown_value(value) or "empty"


async def shown(browser) -> dict[str, str]:
    """The form as a browser would send it."""
    page = await browser.open("/settings")
    form = page.css_first("#settings")
    fields = {node.attributes["name"]: node.attributes.get("value") or "" for node in form.css("input")}
    chosen = {node.attributes["name"]: node.css_first("option[selected]").text() for node in form.css("select")}
    return {**fields, **chosen}


async def test_every_setting_is_on_the_page(browser):
    assert set(await shown(browser)) == set(Settings().as_dict())


async def test_a_form_that_nobody_changed_changes_nothing(browser, zendesk):
    before = zendesk.settings
    assert (await browser.send("/settings", await shown(browser))).status_code == 303
    assert zendesk.settings == before
    assert zendesk.store.settings.changed() == {}


async def test_settings_are_changed_and_remembered(browser, zendesk):
    changes = {
        "subdomain": "seaside",
        "edit_reactivates": "false",
        "channelback_retries": "2",
        "id_scope": "integration",
    }
    await browser.send("/settings", {**await shown(browser), **changes})
    now = zendesk.settings
    assert (now.subdomain, now.edit_reactivates, now.channelback_retries, now.id_scope) == (
        "seaside",
        False,
        2,
        "integration",
    )
    assert set(zendesk.store.settings.changed()) == set(changes)
    assert "seaside" in words(await browser.open("/tickets"), ".brand")


@pytest.mark.parametrize(
    "changes",
    [
        {"subdomain": "not one"},
        {"channelback_retries": "many"},
        {"channelback_retries": "nan"},
        {"channelback_retries": "inf"},
        {"pull_timeout_seconds": "-1"},
        {"edit_reactivates": "maybe"},
        {"id_scope": "galaxy"},
        {"no_such": "1"},
        {"return_url": "javascript:alert(1)"},
    ],
)
async def test_what_a_setting_cannot_be_is_refused_and_nothing_changes(browser, zendesk, changes):
    before = zendesk.settings
    answer = await browser.send("/settings", {"locale": "de", **changes})
    assert (answer.status_code, next(iter(changes)) in answer.text) == (422, True)
    assert zendesk.settings == before


async def test_each_setting_is_in_its_group_with_its_sentence_and_its_default(browser, zendesk):
    zendesk.reset_settings()
    page = await browser.open("/settings")
    rows = {node.css_first("code").text(): node for node in page.css(".setting")}
    for each in all_declared():
        assert each.sentence in words_of(rows[each.name])
        assert f"Default: {shown_default(each.default)}" in words_of(rows[each.name])
    titles = [node.text() for node in page.css(".group h2")]
    assert titles == list(dict.fromkeys(each.group for each in all_declared()))
    assert [node.text() for node in page.css(".groups a")] == titles
    for node in page.css(".groups a"):
        assert page.css_first(node.attributes["href"]) is not None


def test_a_setting_is_named_in_words():
    titles = {each.name: each.title for each in all_declared()}
    assert (titles["return_url"], titles["pull_interval_seconds"]) == ("Return URL", "Pull interval seconds")
    assert len(set(titles.values())) == len(titles)


async def test_settings_are_found_by_words_of_their_names_and_sentences(browser, zendesk):
    zendesk.reset_settings()
    page = await browser.open("/settings?search=Pause+PULLS")
    assert [node.css_first("code").text() for node in page.css(".setting")] == ["pull_interval_seconds"]
    assert [node.attributes["value"] for node in page.css("#f-search")] == ["Pause PULLS"]
    await browser.send("/settings", {"pull_interval_seconds": "60"})
    assert zendesk.settings == Settings(pull_interval_seconds=60), "what is not shown stays"

    page = await browser.open("/settings?search=%3Cb%3Eno+such")
    assert page.css(".setting") == []
    assert page.css("b") == []
    assert "No setting has these words." in words_of(page.css_first("main"))


async def test_what_is_changed_is_marked_and_goes_back_to_its_default_alone_or_with_all(browser, zendesk):
    zendesk.reset_settings()
    assert (await browser.open("/settings")).css(".tag") == []
    zendesk.change_settings({"id_scope": "integration", "event_batch": 7, "locale": "de"})
    page = await browser.open("/settings")
    marked = [node.css_first("code").text() for node in page.css(".setting.changed")]
    assert sorted(marked) == ["event_batch", "id_scope", "locale"]
    assert sorted(node.attributes["value"] for node in page.css("button[form=default]")) == sorted(marked)
    await browser.send("/settings/default", {"name": "event_batch"})
    assert (zendesk.settings.event_batch, zendesk.settings.locale) == (100, "de")
    await browser.send("/settings/default", {"all": "1"})
    assert zendesk.settings == Settings()
    assert (await browser.open("/settings")).css("button[form=default]") == []


async def test_a_bad_value_is_said_beside_its_field_and_what_was_typed_stays(browser, zendesk):
    before = zendesk.settings
    typed = {
        **await shown(browser),
        "locale": "de",
        "event_batch": "many",
        "parent_id_characters": "600",
        "both_ids": "x",
    }
    answer = await browser.send("/settings", typed)
    assert (answer.status_code, zendesk.settings) == (422, before)
    page = LexborHTMLParser(answer.text)
    problems = {node.attributes["id"]: node.text() for node in page.css(".setting p.bad")}
    assert problems == {
        "p-event_batch": "Event batch is a whole number of 0 or more",
        "p-parent_id_characters": "Parent id characters is a number from 1 to 511",
        "p-both_ids": "Both ids is one of: error, thread_id",
    }
    for name in ("locale", "event_batch", "parent_id_characters"):
        assert page.css_first(f"#s-{name}").attributes["value"] == typed[name]
    field = page.css_first("#s-event_batch")
    assert (field.attributes["aria-invalid"], "p-event_batch" in field.attributes["aria-describedby"]) == ("true", True)
    assert [node.attributes["href"] for node in page.css(".alert a")] == [
        "#s-parent_id_characters",
        "#s-both_ids",
        "#s-event_batch",
    ]


async def test_what_was_given_at_the_start_is_overruled_by_the_default_at_the_next_start_too(tmp_path):
    given = Settings(pull_interval_seconds=2, event_batch=5)
    async with LocalZendesk(tmp_path, given) as zendesk:
        zendesk.change_settings({"locale": "de"})
        zendesk.reset_settings("pull_interval_seconds", "locale")
        assert zendesk.store.settings.changed() == {"pull_interval_seconds": 120}
    async with LocalZendesk(tmp_path, given) as zendesk:
        now = zendesk.settings
        assert (now.pull_interval_seconds, now.event_batch, now.locale) == (120, 5, "en-US")
        with pytest.raises(BadSetting, match="there is no setting colour"):
            zendesk.reset_settings("colour")


async def test_the_api_gives_defaults_again(browser, zendesk):
    zendesk.change_settings({"locale": "de", "event_batch": 7})
    headers = {"content-type": "application/json"}
    now = (await browser.client.delete("/api/settings/locale", headers=headers)).json()
    assert (now["locale"], now["event_batch"]) == ("en-US", 7)
    assert (await browser.client.delete("/api/settings/colour", headers=headers)).status_code == 400
    assert (await browser.client.delete("/api/settings", headers=headers)).json() == Settings().as_dict()


async def test_faults_are_explained_switched_on_and_off(browser, zendesk):
    page = await browser.open("/faults")
    assert [words_of(node) for node in page.css(".faults label")] == [f"{kind} {EXPLAINED[kind]}" for kind in EXPLAINED]
    fault = {"kind": "delay", "call": "pull", "times": "-1", "every": "2", "seconds": "1.5", "seed": "1"}
    assert (await browser.send("/faults", fault)).status_code == 303
    assert (await browser.send("/faults", {**fault, "kind": "drop", "times": "3"})).status_code == 303
    assert [node.text().strip() for node in (await browser.open("/faults")).css("#faults-on li > span")] == [
        "delay of pull: until it is switched off, each 2th, 1.5 s",
        "drop of pull: 3 more, each 2th, 1.5 s",
    ]
    assert (await browser.send("/faults/off", {"number": "1"})).status_code == 303
    assert [each["kind"] for each in zendesk.faults.as_dicts()] == ["drop"]
    assert (await browser.send("/faults/off", {"all": "1"})).status_code == 303
    assert zendesk.faults.as_dicts() == []
    assert (await browser.send("/faults/off", {"number": "x"})).status_code == 400


async def test_a_fault_that_is_used_up_is_shown_as_gone_and_lookers_on_are_told(browser, zendesk, account):
    await browser.send("/faults", {"kind": "drop", "call": "pull", "times": "2"})
    await zendesk.pull(account.id)
    assert "1 more (1 so far)" in words(await browser.open("/faults"), "#faults-on")
    before = zendesk.context.changes.count
    zendesk.faults.take("pull")
    assert zendesk.context.changes.count > before
    page = await browser.open("/faults")
    assert words(page, "#faults-on") == "Nothing is switched on. Used up: drop of pull (2 calls)"


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({}, "call is one of"),
        ({"kind": "explode", "call": "pull"}, "kind is one of"),
        ({"kind": "drop", "call": "pull", "times": "0"}, "times is a whole number"),
        ({"kind": "drop", "call": "pull", "times": "x"}, "times is a whole number"),
        ({"kind": "duplicate", "call": "push"}, "what can happen to push: lose answer, delay, drop"),
        ({"kind": "delay", "call": "pull", "seconds": "0"}, "seconds of a delay"),
    ],
)
async def test_a_fault_that_does_not_exist_is_refused_and_what_was_typed_stays(browser, zendesk, fault, problem):
    answer = await browser.send("/faults", fault)
    page = LexborHTMLParser(answer.text)
    assert (answer.status_code, page.css_first("#fault-problem").text().startswith(problem)) == (422, True)
    assert zendesk.faults.as_dicts() == []
    if "times" in fault:
        assert page.css_first("#fault-times").attributes["value"] == fault["times"]
