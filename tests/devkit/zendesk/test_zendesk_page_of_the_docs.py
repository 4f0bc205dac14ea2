# SPDX-License-Identifier: Apache-2.0
"""The documentation's pages tell of every setting, route and fault that there is, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from falcon import inspect

from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.engine.faults import EXPLAINED
from sealock_devkit.zendesk.settings import all_declared
from sealock_devkit.zendesk.settings.__main__ import settings_page

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "local-zendesk.md").read_text("utf-8")
SETTINGS_PAGE = (DOCS / "local-zendesk-settings.md").read_text("utf-8")


def test_the_page_of_the_settings_is_printed_from_what_they_say():
    assert settings_page() == SETTINGS_PAGE, "print it anew: python -m sealock_devkit.zendesk.settings"


def test_every_setting_says_what_it_decides_in_sentences():
    for each in all_declared():
        assert each.says[0].isupper() or each.says[0].islower() is False
        assert each.says.endswith(".")
        assert f"| `{each.name}` |" in SETTINGS_PAGE


def test_every_route_is_told_with_its_methods(zendesk):
    routes = {
        (method.method, route.path.replace(":int", ""))
        for route in inspect.inspect_routes(create_app(zendesk))
        for method in route.methods
        if not method.internal
    }
    told = set()
    for cell in re.findall(r"^\| (`(?:GET|POST|DELETE).*?) \|", PAGE, re.MULTILINE):
        methods: list[str] = []
        for word in re.findall(r"[A-Z]{3,}|/(?:api|attachments)/[\w/{}]+", cell):
            if word.startswith("/"):
                told |= {(method, word) for method in methods}
                methods = []
            else:
                methods.append(word)
    assert told == routes


@pytest.mark.parametrize("fault", EXPLAINED)
def test_every_fault_is_told(fault):
    assert f"| `{fault}` |" in PAGE
