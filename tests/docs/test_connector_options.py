# SPDX-License-Identifier: Apache-2.0
"""docs/configuration.md lists every option that a connector takes, with its true default."""

from __future__ import annotations

import dataclasses

import pytest

from sealock_connector._options import Options
from tests.docs.pages import DOCS, rows, section

PAGE = DOCS / "configuration.md"
OPTIONS = {f"--{field.name.replace('_', '-')}": field.default for field in dataclasses.fields(Options)}
DOCUMENTED = {row[0].strip("`"): row[1].strip("`") for row in rows(section(PAGE, "A connector's options"))}


def test_every_option_is_documented_and_no_other():
    assert set(DOCUMENTED) == set(OPTIONS)


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_every_default_is_the_true_one(option):
    default, said = OPTIONS[option], DOCUMENTED[option]
    if default is None or default == ():
        assert said in {"none", "any"}
    elif default is False:
        assert said == "off"
    elif isinstance(default, float):
        assert float(said) == default
    else:
        assert said == default
