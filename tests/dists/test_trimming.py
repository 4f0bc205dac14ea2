# SPDX-License-Identifier: Apache-2.0
"""What the images leave out is not missed: an environment that was trimmed as theirs are still does everything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.dists.distributions import ROOT, Environment, run
from tests.dists.test_empty_environments import IMPORTS, ON_REQUEST

TRIM = ROOT / "images" / "trim.py"
LANGUAGES = """
from babel import Locale, localedata
from babel.numbers import format_decimal
print(*sorted(localedata.locale_identifiers()))
print(format_decimal(1234.5, locale="de"), format_decimal(1234.5, locale="pt_BR"), Locale.parse("ja").text_direction)
"""


@pytest.fixture(scope="module", params=["sealock-edge", "sealock-origins"])
def trimmed(request, built, tmp_path_factory) -> Environment:
    """The environment of an image's distribution, trimmed."""
    environment = Environment(tmp_path_factory.mktemp("trimmed") / "environment", built, request.param)
    before = size(environment)
    run([sys.executable, TRIM, environment.folder], environment.folder)
    assert size(environment) < 0.75 * before
    return environment


def size(environment: Environment) -> int:
    """The bytes of all files, those that are linked in included."""
    return sum(path.stat().st_size for path in environment.folder.rglob("*") if path.is_file())


def test_everything_is_still_imported(trimmed):
    package = "sealock_edge" if "sealock-edge" in trimmed.distributions else "sealock_origins"
    left_out = [module for extras in ON_REQUEST.values() for module in extras.values()]
    trimmed.run_code(IMPORTS, "sealock_contract", *left_out)
    trimmed.run_code(IMPORTS, package, *left_out)


def test_the_languages_of_our_catalogues_are_still_known_and_no_others(trimmed):
    known, written = trimmed.run_code(LANGUAGES).splitlines()
    assert known.split() == ["de", "en", "es", "fr", "ja", "pt", "pt_BR"]
    assert written == "1.234,5 1.234,5 ltr"


def test_the_lists_of_files_name_what_is_there(trimmed):
    code = (
        "from importlib.metadata import distributions\n"
        "print(*(f for d in distributions() for f in d.files if '..' not in f.parts and not f.locate().exists()))"
    )
    assert trimmed.run_code(code).strip() == ""


def test_what_was_linked_in_is_as_it_was(trimmed):
    links = [path for path in trimmed.folder.rglob("*") if path.is_symlink() and path.parent.name != "bin"]
    assert len(links) > 100
    assert [path for path in links if not path.exists()] == []


def test_a_file_that_is_no_library_of_this_kind_is_left_alone(tmp_path):
    (tmp_path / "lib" / "python3.13" / "site-packages").mkdir(parents=True)
    script = tmp_path / "lib" / "python3.13" / "site-packages" / "linker.so"
    script.write_text("INPUT(-lm)")
    run([sys.executable, TRIM, tmp_path], tmp_path)
    assert Path(script).read_text() == "INPUT(-lm)"
