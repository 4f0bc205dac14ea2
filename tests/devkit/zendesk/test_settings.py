# SPDX-License-Identifier: Apache-2.0
"""Settings: checked, changed while it runs, remembered, and listed in the documentation."""

from __future__ import annotations

import re
import typing
from dataclasses import fields
from pathlib import Path

import pytest
from falcon import inspect

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.engine.faults import EXPLAINED, BadFault, Faults
from sealock_devkit.zendesk.settings import BadSetting, Settings, all_declared, parse_setting
from sealock_devkit.zendesk.settings.__main__ import settings_page

STATUSES = "statuses from 300 to 499, separated by commas"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("no_such", 1, "there is no setting no_such"),
        ("unknown_parent", "canary", "unknown_parent is one of: new ticket, error"),
        ("unknown_parent", ["canary"], "unknown_parent is one of: new ticket, error"),
        ("pull_interval_seconds", "canary", "pull_interval_seconds is a number of 0 or more"),
        ("pull_interval_seconds", -1, "pull_interval_seconds is a number of 0 or more"),
        ("pull_interval_seconds", True, "pull_interval_seconds is a number of 0 or more"),
        ("pull_interval_seconds", float("nan"), "pull_interval_seconds is a number of 0 or more"),
        ("event_batch", float("inf"), "event_batch is a whole number of 0 or more"),
        ("event_batch", 1.5, "event_batch is a whole number of 0 or more"),
        ("edit_reactivates", "true", "edit_reactivates is true or false"),
        ("subdomain", 7, "subdomain is a string"),
        ("subdomain", "no/such", "subdomain is letters, digits and hyphens"),
        ("attachment_url", "ftp://a", "attachment_url is an https URL, or http on this machine"),
        ("attachment_redirect", "//a", "attachment_redirect is an https URL, or http on this machine"),
        (
            "pull_statuses_like_401",
            "401 403",
            f"pull_statuses_like_401 is {STATUSES}",
        ),
        ("pull_statuses_like_401", "200", f"pull_statuses_like_401 is {STATUSES}"),
        ("parent_id_characters", 0, "parent_id_characters is a number from 1 to 511"),
        ("return_url", "javascript:alert(1)", "return_url is an https URL, or http on this machine"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(name, value, problem):
    with pytest.raises(BadSetting) as refused:
        Settings().changed({name: value})
    assert str(refused.value) == problem


def test_every_choice_of_every_setting_can_be_made():
    kinds = typing.get_type_hints(Settings)
    made = 0
    for field in fields(Settings):
        for choice in typing.get_args(kinds[field.name]):
            assert getattr(Settings().changed({field.name: choice}), field.name) == choice
            made += 1
    assert made > 20


def test_every_setting_is_changed_by_a_test():
    tests = Path(__file__).parents[1]
    text = "".join(path.read_text("utf-8") for path in tests.rglob("*.py"))
    assert [name for name in Settings().as_dict() if not re.search(rf"""["(\s]{name}["=]""", text)] == []


def test_settings_are_told_group_by_group_and_each_once():
    names = [each.name for each in all_declared()]
    assert names == list(Settings().as_dict())
    assert len(names) == len(set(names)) == len(fields(Settings))


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("a=true", ("a", True)),
        ("a=false", ("a", False)),
        ("a=2", ("a", 2.0)),
        ("a=new ticket", ("a", "new ticket")),
        ("a=b=c", ("a", "b=c")),
        ("manifest_redirects=301", ("manifest_redirects", "301")),
        ("pull_statuses_like_401=403", ("pull_statuses_like_401", "403")),
        ("edit_reactivates=false", ("edit_reactivates", False)),
    ],
)
def test_settings_can_be_typed(text, setting):
    assert parse_setting(text) == setting


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(BadSetting, match="NAME=VALUE"):
        parse_setting("a")


def test_a_whole_number_may_be_typed_as_one():
    assert Settings().changed(dict([parse_setting("event_batch=5")])).event_batch == 5


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"call": "canary", "kind": "drop"}, "call is one of"),
        ({"call": "pull", "kind": "canary"}, "kind is one of"),
        ({"call": "pull", "kind": "drop", "often": 1}, "a fault has no often"),
        ({"call": "pull", "kind": "drop", "times": 0}, "times is a whole number"),
        ({"call": "pull", "kind": "drop", "every": -1}, "every is a whole number"),
        ({"call": "pull", "kind": "drop", "every": True}, "every is a whole number"),
        ({"call": "pull", "kind": "delay", "seconds": -1}, "seconds is a number"),
        ({"call": "pull", "kind": "delay", "seconds": 601}, "seconds is a number"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(request_, problem):
    with pytest.raises(BadFault, match=problem):
        Faults().switch_on(request_)


def taken(faults: Faults, call: str, count: int) -> list[bool]:
    return [faults.take(call) is not None for _ in range(count)]


def test_a_fault_hits_its_calls_as_often_as_it_says():
    faults = Faults()
    faults.switch_on({"call": "pull", "kind": "drop", "times": 2})
    assert taken(faults, "channelback", 2) == [False, False]
    assert taken(faults, "pull", 4) == [True, True, False, False]


def test_a_fault_may_hit_every_second_call_until_it_is_switched_off():
    faults = Faults()
    faults.switch_on({"call": "pull", "kind": "drop", "times": -1, "every": 2})
    assert taken(faults, "pull", 6) == [False, True] * 3
    faults.switch_off()
    assert taken(faults, "pull", 2) == [False, False]


DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "local-zendesk.md").read_text("utf-8")
SETTINGS_PAGE = (DOCS / "local-zendesk-settings.md").read_text("utf-8")


def test_the_page_of_the_settings_is_printed_from_what_they_say():
    assert settings_page() == SETTINGS_PAGE, "print it anew: python -m sealock_devkit.zendesk.settings"


def test_every_setting_says_what_it_decides_in_sentences():
    for each in all_declared():
        assert each.sentence[0].isupper() or each.sentence[0].islower() is False
        assert each.sentence.endswith(".")
        assert f"| `{each.name}` |" in SETTINGS_PAGE


def test_every_route_is_told_with_its_methods(zendesk):
    routes = {
        (method.method, route.path.replace(":int", ""))
        for route in inspect.inspect_routes(create_app(zendesk))
        for method in route.methods
        if not method.internal
    }
    documented = set()
    for cell in re.findall(r"^\| (`(?:GET|POST|DELETE).*?) \|", PAGE, re.MULTILINE):
        methods: list[str] = []
        for word in re.findall(r"[A-Z]{3,}|/(?:api|attachments)/[\w/{}]+", cell):
            if word.startswith("/"):
                documented |= {(method, word) for method in methods}
                methods = []
            else:
                methods.append(word)
    assert documented == routes


@pytest.mark.parametrize("fault", EXPLAINED)
def test_every_fault_is_told(fault):
    assert f"| `{fault}` |" in PAGE
