# SPDX-License-Identifier: Apache-2.0
"""Whatever strangers send is read, or refused by an error that its reader names: each case, and mutations of it."""

from __future__ import annotations

import ast
import re

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.architecture.source_tree import PACKAGES, dotted, modules
from tests.fuzz.mutation import edited, edits
from tests.fuzz.table import BY_NAME, CASES, HARNESSES

READERS = {
    *(
        "FromString",
        "ParseFromString",
        "loads",
        "read_json",
        "json",
        "unpack",
        "unpack_from",
        "b64decode",
        "a2b_base64",
    ),
    *("urlsplit", "parse_qsl", "parse_qs", "unquote", "unquote_to_bytes", "fromisoformat", "FromJsonString"),
    *("parsedate_to_datetime", "LexborHTMLParser", "clean", "fullmatch"),
}
"""Calls that read what somebody else may have written."""
NOT_STRANGERS = {
    "sealock_edge.config.declaring": "the operator's configuration",
    "sealock_edge.config.loading": "the operator's configuration",
    "sealock_edge.config.settings": "the operator's configuration",
    "sealock_edge.commands.keys": "the operator's command line",
    "sealock_edge.connections.socket_state": "what the kernel says of a socket",
    "sealock_edge.zendesk_api.calling": "origins of the configuration, and a token that is shown or not",
    "sealock_edge.sealing.keyring": "key files, which `edge/sealing/test_keyring.py` tries in any state",
    "sealock_connector._serving.options": "the operator's command line",
    "sealock_connector._serving.answering": "one header, kept only where it is made of plain characters",
    "sealock_connector._serving.callers": "names in certificates that an authority of ours signed",
    "sealock_connector._markup.pool": "what our own processes answer",
    "sealock_connector._outbox.delivery": "the outbox's own records",
    "sealock_connector._outbox.valkey": "the outbox's own records",
    "sealock_contract.stores.names": "the operator's settings",
    "sealock_contract.stores.valkey_pool": "the operator's settings",
    "sealock_connector._outbox.successors": "what it encrypted itself",
    "sealock_origins.meta.options": "the operator's command line",
    "sealock_origins.meta.position": "a state of our own, which the pulls of both Pages and accounts read",
    "sealock_origins.guestbook.setup": "the demo's own origin",
    "sealock_origins.guestbook.connector": "the demo's own origin",
}


@pytest.mark.parametrize("harness", HARNESSES, ids=lambda harness: harness.name)
def test_every_case_is_read_or_refused(harness):
    for name, data in harness.cases.items():
        try:
            harness.run(data)
        except Exception as error:
            error.add_note(f"case: {name}")
            raise


@pytest.mark.parametrize("harness", HARNESSES, ids=lambda harness: harness.name)
def test_whatever_strangers_make_of_a_case_is_read_or_refused(harness):
    cases = list(harness.cases.values())

    @hypothesis.settings(max_examples=_examples(harness.examples), deadline=None, database=None)
    @hypothesis.given(st.builds(edited, st.sampled_from(cases), edits()))
    def holds(data):
        harness.run(data)

    holds()


def _examples(ordinary: int) -> int:
    most = hypothesis.settings.default.max_examples
    return ordinary if most <= 100 else ordinary * most // 100


def test_every_harness_has_cases_and_every_case_a_harness():
    assert {path.name for path in CASES.iterdir()} == set(BY_NAME)
    names = [name for harness in HARNESSES for name in harness.cases]
    assert len(BY_NAME) == len(HARNESSES)
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(\.bin)?", name)] == []


def readers(package: str) -> set[str]:
    """The modules of a package that read something by one of the calls above."""
    found = set()
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in READERS:
                    found.add(dotted(package, path))
    return found


@pytest.mark.parametrize("package", ["sealock_contract", "sealock_edge", "sealock_connector", "sealock_origins"])
def test_every_module_that_reads_what_others_wrote_has_a_harness(package):
    tried = {module for harness in HARNESSES for module in harness.tries}
    assert package in PACKAGES
    assert sorted(readers(package) - tried - set(NOT_STRANGERS)) == []


def test_a_harness_names_only_modules_that_there_are():
    there = {dotted(package, path) for package in PACKAGES for path in modules(package)}
    named = {module for harness in HARNESSES for module in harness.tries} | set(NOT_STRANGERS)
    assert sorted(named - there) == []
