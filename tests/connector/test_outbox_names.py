# SPDX-License-Identifier: Apache-2.0
"""What `--store` may say."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_connector import OutboxUnavailable
from sealock_connector._outbox import MemoryOutbox, SqliteOutbox
from sealock_connector._outbox.valkey import ValkeyOutbox
from sealock_connector._serving.options import is_encrypted, outbox_of, problem_of

KINDS = {
    "memory": MemoryOutbox,
    "sqlite:outbox": SqliteOutbox,
    "sqlite:/var/lib/sealock/outbox.sqlite": SqliteOutbox,
    "valkey://valkey": ValkeyOutbox,
    "valkey://sealock@valkey:6380/3": ValkeyOutbox,
    "valkeys://valkey.sealock.svc:6379": ValkeyOutbox,
    "valkeys://[::1]:6379/0": ValkeyOutbox,
}
SHAPE = "is not valkey[s]://[USER@]HOST[:PORT][/DATABASE]"
UNKNOWN = "is neither memory nor sqlite:PATH nor valkey[s]://HOST"
PROBLEMS = {
    "": UNKNOWN,
    "file": UNKNOWN,
    "sqlite:": UNKNOWN,
    "redis://valkey": UNKNOWN,
    "valkey:valkey": UNKNOWN,
    "valkey://": SHAPE,
    "valkey://:6379": SHAPE,
    "valkey://valkey:port": SHAPE,
    "valkey://valkey:0": SHAPE,
    "valkey://valkey:70000": SHAPE,
    "valkey://valkey/three": SHAPE,
    "valkey://valkey?db=3": SHAPE,
    "valkey://[::1": SHAPE,
    "valkey://:canary@valkey": "has a password in it: everybody sees it there; it belongs into --store-password-file",
    "valkey://me:canary@valkey": "has a password in it: everybody sees it there; it belongs into --store-password-file",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_name_stands_for_an_outbox(name):
    assert problem_of(name) is None
    assert isinstance(outbox_of(name), KINDS[name])


@pytest.mark.parametrize("name", PROBLEMS)
def test_other_names_are_refused_with_what_is_wrong(name):
    assert problem_of(name) == PROBLEMS[name]


@settings(deadline=None)
@given(st.text() | st.text().map("valkey://{}".format) | st.text().map("valkeys://a{}".format))
def test_every_name_either_works_or_has_a_problem(name):
    problem = problem_of(name)
    if problem is None:
        outbox_of(name)
    else:
        assert "canary" not in problem


def test_only_valkey_without_tls_is_plaintext():
    assert [name for name in KINDS if not is_encrypted(name)] == ["valkey://valkey", "valkey://sealock@valkey:6380/3"]


def test_without_its_client_valkey_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sealock_connector._outbox.valkey", None)
    with pytest.raises(OutboxUnavailable, match=r"install sealock-connector\[valkey\]"):
        outbox_of("valkey://valkey")
