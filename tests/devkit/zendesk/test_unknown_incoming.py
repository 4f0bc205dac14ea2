# SPDX-License-Identifier: Apache-2.0
"""What is not known about how Zendesk takes answers and resources: each setting's values, and what each does."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource

TWO_HUNDRED_AND_ONE = {"external_resources": [resource(f"c{number}") for number in range(201)]}
WITH_TEXT = {"external_resources": [resource("c1", display_info=[{"type": "t", "data": "{}"}])]}
FILES = [f"https://files.example/{number}" for number in range(11)]


def values(name: str, *cases: tuple) -> list:
    """Cases of one setting: its value, and what is seen then."""
    return [pytest.param({name: value}, *seen, id=f"{name}={value}") for value, *seen in cases]


async def pulled(zendesk, service, account, *answers):
    """The results of pulls that are answered so."""
    service.script[PULL] = [answer if isinstance(answer, Canned) else Canned(answer) for answer in answers]
    return [await zendesk.pull(account.id) for _ in answers]


ANSWERS = [
    *values(
        "documented_rules",
        ("recorded", TWO_HUNDRED_AND_ONE, 201, ""),
        ("refused", TWO_HUNDRED_AND_ONE, 0, "external_resources: at most 200 items"),
    ),
    *values(
        "documented_rules",
        ("recorded", {"external_resources": [resource("c1", file_urls=FILES)]}, 1, ""),
        ("refused", {"external_resources": [resource("c1", file_urls=FILES)]}, 0, "file_urls: at most 10 items"),
    ),
    *values(
        "other_2xx",
        ("error", Canned({"external_resources": [resource("c1")]}, status=201), 0, "HTTP 201"),
        ("accepted", Canned({"external_resources": [resource("c1")]}, status=201), 1, ""),
    ),
    *values(
        "endpoint_redirects",
        ("error", Canned("", status=307, headers={"location": "/elsewhere"}), 0, "HTTP 307"),
        ("followed", Canned("", status=307, headers={"location": "/elsewhere"}), 1, ""),
    ),
    *values(
        "resources_refused_above",
        (256, TWO_HUNDRED_AND_ONE, 201, ""),
        (200, TWO_HUNDRED_AND_ONE, 0, "at most 200 items (setting)"),
    ),
    *values(
        "resources_refused_above",
        (256, {"external_resources": [resource(f"c{n}") for n in range(257)]}, 0, "at most 256 items"),
        (300, {"external_resources": [resource(f"c{n}") for n in range(257)]}, 257, ""),
    ),
    *values(
        "too_many_resources",
        ("refuse all", {"external_resources": [resource(f"c{n}") for n in range(257)]}, 0, "at most 256 items"),
        ("take the first", {"external_resources": [resource(f"c{n}") for n in range(257)]}, 256, ""),
    ),
    *values(
        "parent_id_characters",
        (255, {"external_resources": [resource("c1", parent_id="x" * 256)]}, 0, "parent_id: at most 255 characters"),
        (511, {"external_resources": [resource("c1", parent_id="x" * 511)]}, 1, ""),
        (511, {"external_resources": [resource("c1", parent_id="x" * 512)]}, 0, "parent_id: at most 511 characters"),
    ),
    *values(
        "display_info_data",
        ("object", WITH_TEXT, 0, "display_info[0].data: an object"),
        ("object or string", WITH_TEXT, 1, ""),
    ),
    *values(
        "relative_file_urls",
        ("refused", {"external_resources": [resource("c1", file_urls=["files/a.png"])]}, 0, "an https URL"),
        ("resolved", {"external_resources": [resource("c1", file_urls=["files/a.png"])]}, 1, ""),
    ),
]


@pytest.mark.parametrize(("changes", "answer", "received", "problem"), ANSWERS)
async def test_what_is_taken_of_a_pull(zendesk, service, account, changes, answer, received, problem):
    zendesk.change_settings(changes)
    service.script["/elsewhere"] = [Canned({"external_resources": [resource("c1")]})]
    (result,) = await pulled(zendesk, service, account, answer)
    assert result.received == received
    assert problem in result.problem if problem else result.problem == ""
    assert len(zendesk.tickets()) == received


async def test_a_redirected_call_arrives_with_its_form(zendesk, service, account):
    zendesk.change_settings({"endpoint_redirects": "followed"})
    await pulled(zendesk, service, account, Canned("", status=308, headers={"location": "/elsewhere"}))
    assert service.calls("/elsewhere") == [{"metadata": account.metadata, "state": "state-1"}]


async def test_a_relative_file_is_fetched_from_the_manifests_folder(zendesk, service, account):
    zendesk.change_settings({"relative_file_urls": "resolved"})
    await pulled(zendesk, service, account, {"external_resources": [resource("c1", file_urls=["files/a.png"])]})
    await zendesk.wait_until(zendesk.is_idle)
    assert service.calls("/files/a.png") == [{"metadata": account.metadata}]


WRITTEN = [("none", r'{"a": "\\"}'), ("backslashes", r"{\"a\": \"\\\\\"}")]


@pytest.mark.parametrize(("escaping", "sent"), WRITTEN)
async def test_how_metadata_and_state_are_written(zendesk, service, account, escaping, sent):
    zendesk.change_settings({"pull_escaping": escaping})
    zendesk.store.accounts.update(account.id, metadata=json.dumps({"a": "\\"}), state=json.dumps({"a": "\\"}))
    await zendesk.pull(account.id)
    assert service.calls(PULL)[-1] == {"metadata": sent, "state": sent}


async def have_come(service, count: int) -> None:
    """Wait until so many pulls came to the service."""
    async with asyncio.timeout(20):
        while len(service.calls(PULL)) < count:  # noqa: ASYNC110 - the service has no event for it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("overlap", "most"), [(False, 1), (True, 2)])
async def test_whether_pulls_of_an_account_overlap(zendesk, service, account, overlap, most):
    zendesk.change_settings({"pulls_overlap": overlap})
    service.script[PULL] = [Canned({"external_resources": []}, delay=0.3)] * 2
    before = len(service.calls(PULL))
    tasks = [asyncio.create_task(zendesk.puller.pull(account.id)) for _ in range(2)]
    await have_come(service, before + most)
    assert (len(service.calls(PULL)) - before, zendesk.puller.busy) == (most, True)
    await asyncio.gather(*tasks)
    assert (len(service.calls(PULL)) - before, zendesk.puller.busy) == (2, False)


@pytest.mark.parametrize(("overlap", "at_once"), [(False, {1}), (True, {2, 3, 4})])
async def test_overlapping_pulls_come_by_themselves_and_are_few(zendesk, service, account, overlap, at_once):
    in_flight, seen = 0, set()

    class Slow(Canned):
        def fill(self, response) -> None:
            nonlocal in_flight
            in_flight -= 1
            super().fill(response)

    def arrive(_request, _form) -> Canned:
        nonlocal in_flight
        in_flight += 1
        seen.add(in_flight)
        return Slow({"external_resources": []}, delay=0.15)

    zendesk.change_settings({"pulls_overlap": overlap})
    service.script[PULL] = [arrive] * 1_000
    before = len(service.calls(PULL))
    zendesk.store.accounts.update(account.id, interval_seconds=0.02)
    zendesk.context.changes.announce()
    await have_come(service, before + 12)
    assert max(seen) in at_once


REFUSALS = [
    ({}, [401] * 4, (True, False)),
    ({"pull_401s_until_deactivation": 4}, [401] * 4, (False, True)),
    ({"pull_401s_until_deactivation": 4}, [403] * 4, (True, False)),
    ({"pull_401s_until_deactivation": 4, "pull_statuses_like_401": "403, 410"}, [403, 410, 401, 403], (False, True)),
    ({"pull_401_flags": True}, [401], (True, True)),
    ({"pull_401_flags": True}, [403], (True, False)),
    ({"pull_errors_until_deactivation": 2}, [503, 404], (False, False)),
]


@pytest.mark.parametrize(("changes", "statuses", "expected"), REFUSALS)
async def test_what_pulls_that_are_refused_do_to_their_account(zendesk, service, account, changes, statuses, expected):
    zendesk.change_settings(changes)
    await pulled(zendesk, service, account, *(Canned("", status=status) for status in statuses))
    now = zendesk.store.accounts.get(account.id)
    assert (now.active, now.needs_update) == expected


@pytest.mark.parametrize(("slows", "expected"), [(False, [120, 120, 120]), (True, [120, 240, 480])])
async def test_whether_failed_pulls_become_rarer(zendesk, service, account, slows, expected):
    zendesk.change_settings({"pull_slows_down": slows, "pull_interval_seconds": 120})
    intervals = []
    for _ in range(3):
        intervals.append(zendesk._schedule._interval(zendesk.store.accounts.get(account.id)))
        await pulled(zendesk, service, account, Canned("", status=503))
    assert intervals == expected
    for _ in range(9):
        await pulled(zendesk, service, account, Canned("", status=503))
    assert zendesk._schedule._interval(zendesk.store.accounts.get(account.id)) == (120 * 32 if slows else 120)


@pytest.mark.parametrize("status", ["pending", "hold", "solved"])
@pytest.mark.parametrize(("setting", "opens"), [("opens", True), ("stays", False)])
async def test_what_a_comment_does_to_a_ticket_that_is_not_open(zendesk, service, account, setting, opens, status):
    zendesk.change_settings({"solved_ticket": setting})
    await pulled(zendesk, service, account, {"external_resources": [resource("c1")]})
    zendesk.agents.change_ticket(1, {"status": status})
    await pulled(zendesk, service, account, {"external_resources": [resource("c2", thread_id="c1")]})
    assert zendesk.tickets()[0].status == ("open" if opens else status)


ALLOWED = [
    ("allowed", [True, True, True, True]),
    ("as before", [True, True, False, False]),
    ("not allowed", [False, False, False, False]),
]


@pytest.mark.parametrize(("setting", "expected"), ALLOWED)
async def test_whether_a_ticket_can_be_replied_to_when_nobody_says_so(zendesk, service, account, setting, expected):
    zendesk.change_settings({"absent_allow_channelback": setting})
    seen = []
    await pulled(zendesk, service, account, {"external_resources": [resource("c1")]})
    seen.append(zendesk.tickets()[0].allow_channelback)
    zendesk.store.tickets.update(1, allow_channelback=True)
    await zendesk.settled(zendesk.reply(1, "answer"))
    seen.append(zendesk.tickets()[0].allow_channelback)
    zendesk.store.tickets.update(1, allow_channelback=True)
    reply = zendesk.reply(1, "answer")
    zendesk.store.tickets.update(1, allow_channelback=False)
    await zendesk.settled(reply)
    seen.append(zendesk.tickets()[0].allow_channelback)
    zendesk.store.tickets.update(1, allow_channelback=False)
    await pulled(zendesk, service, account, {"external_resources": [resource("c2", thread_id="c1")]})
    seen.append(zendesk.tickets()[0].allow_channelback)
    assert seen == expected
    allowing = {"external_resources": [resource("c3", thread_id="c1", allow_channelback=True)]}
    await pulled(zendesk, service, account, allowing)
    assert zendesk.tickets()[0].allow_channelback, "what is said counts"


@pytest.mark.parametrize(("setting", "subject"), [("first line", "One"), ("first characters", "One two three")])
async def test_what_becomes_the_subject(zendesk, service, account, setting, subject):
    zendesk.change_settings({"subject_source": setting})
    await pulled(zendesk, service, account, {"external_resources": [resource("c1", "One\ntwo\n\nthree")]})
    assert zendesk.tickets()[0].subject == subject


FIELDS = [
    ("error in pushes", "", {"id": "status", "value": "weird"}, []),
    ("error in pushes", "", {"id": "status", "value": "solved"}, [{"id": "status", "value": "solved"}]),
    ("left out", "", {"id": "tags", "value": "not a list"}, []),
    ("left out", "", {"id": "tags", "value": ["a"]}, [{"id": "tags", "value": ["a"]}]),
    ("error", "", {"id": "subject", "value": 7}, None),
    ("error", "", {"id": "priority", "value": "loud"}, None),
    ("error", "", {"id": 4711, "value": 7}, [{"id": 4711, "value": 7}]),
    ("error", "4711, colour", {"id": 4711, "value": 7}, [{"id": 4711, "value": 7}]),
    ("error", "4711, colour", {"id": "colour", "value": "red"}, [{"id": "colour", "value": "red"}]),
    ("error", "4711, colour", {"id": "shape", "value": "round"}, None),
    ("left out", "4711, colour", {"id": "shape", "value": "round"}, []),
]


@pytest.mark.parametrize(("setting", "custom", "field", "expected"), FIELDS)
async def test_what_a_ticket_field_that_cannot_be_does_to_a_pulled_resource(
    zendesk, service, account, setting, custom, field, expected
):
    zendesk.change_settings({"bad_field": setting, "custom_fields": custom})
    await pulled(zendesk, service, account, {"external_resources": [resource("c1", fields=[field])]})
    assert [json.loads(ticket.fields) for ticket in zendesk.tickets()] == ([] if expected is None else [expected])


LOCALES = [
    ("", "ignored", "tlh", "tlh"),
    ("de, en-US", "ignored", "de", "de"),
    ("de, en-US", "ignored", "tlh", ""),
    ("de, en-US", "error", "tlh", None),
    ("de, en-US", "error", "en-US", "en-US"),
]


@pytest.mark.parametrize(("supported", "setting", "locale", "expected"), LOCALES)
async def test_what_an_authors_unsupported_locale_does(zendesk, service, account, supported, setting, locale, expected):
    zendesk.change_settings({"supported_locales": supported, "unsupported_locale": setting})
    author = {"external_id": "ann", "locale": locale}
    await pulled(zendesk, service, account, {"external_resources": [resource("c1", author=author)]})
    assert [user.locale for user in zendesk.store.users.all()] == ([] if expected is None else [expected])


HTML = '<p>Hi <img src="https://a.example/x.png"></p>'
SHOWN = [
    ({}, '<p>Hi <img src="https://a.example/x.png"></p>'),
    ({"html_images": "removed"}, "<p>Hi </p>"),
    ({"html_message": "ignored"}, ""),
]


@pytest.mark.parametrize(("changes", "html"), SHOWN)
async def test_what_is_shown_of_a_html_message(zendesk, service, account, changes, html):
    zendesk.change_settings(changes)
    await pulled(zendesk, service, account, {"external_resources": [resource("c1", html_message=HTML)]})
    assert zendesk.store.tickets.comments(1)[0].html_body == html


async def test_a_channelback_answered_otherwise_than_200_is_a_setting_too(zendesk, service, account):
    await pulled(zendesk, service, account, {"external_resources": [resource("c1")]})
    for setting, status in (("error", "failed"), ("accepted", "delivered")):
        zendesk.change_settings({"other_2xx": setting})
        service.script[CHANNELBACK] = [Canned({"external_id": "r"}, status=202)]
        assert (await zendesk.settled(zendesk.reply(1, "answer"))).status == status
