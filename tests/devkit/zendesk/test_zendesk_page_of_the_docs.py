# SPDX-License-Identifier: Apache-2.0
"""The documentation's page tells of every setting, route, fault and subcommand that there is, and of no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from falcon import inspect

from sealock_devkit.zendesk import Settings
from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.faults import EXPLAINED

PAGE = (Path(__file__).parents[3] / "docs" / "local-zendesk.md").read_text("utf-8")


def shown(value: object) -> str:
    if value == "":
        return "(empty)"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def test_every_setting_is_told_with_its_default():
    told = re.findall(r"^\| `(\w+)` \| (\S.*?) \| \S", PAGE, re.MULTILINE)
    settings = Settings().as_dict()
    assert dict(told) == {name: shown(value) for name, value in settings.items()}


def test_every_route_is_told_with_its_methods(zendesk):
    routes = {
        (method.method, route.path.replace(":int", ""))
        for route in inspect.inspect_routes(create_app(zendesk))
        for method in route.methods
        if not method.internal
    }
    told = set()
    for cell in re.findall(r"^\| (`(?:GET|POST).*?) \|", PAGE, re.MULTILINE):
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
