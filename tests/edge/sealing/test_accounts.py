# SPDX-License-Identifier: Apache-2.0
"""Metadata belongs to an integration, a state to one account of it."""

from __future__ import annotations

import pickle

import pytest

from sealock.edge.v1.account_pb2 import Account
from sealock_edge.sealing import MAX_PLAINTEXT, Purpose, TooLarge, Unsealable

GUESTBOOK, WORDPRESS = "org.example.guestbook", "org.example.wordpress"


def record(account_id: str = "account-1", **fields) -> Account:
    return Account(account_id=account_id, subdomain="demo", **fields)


def opened(accounts, account_id: str = "account-1", integration: str = GUESTBOOK):
    return accounts.open_metadata(accounts.seal_metadata(record(account_id), integration), integration)


def test_an_account_comes_back_as_it_was(accounts):
    given = record(connector_account=b"\x00secret", zendesk_access_token="t", instance_push_id="p", locale="de")
    account = accounts.open_metadata(accounts.seal_metadata(given, GUESTBOOK), GUESTBOOK)
    assert account.record == given
    assert account.account_id == "account-1"
    assert account.integration_id == GUESTBOOK
    assert not account.stale


def test_a_state_comes_back_as_it_was(accounts):
    account = opened(accounts)
    assert accounts.open_state(accounts.seal_state(b"\x00\xff", account), account) == (b"\x00\xff", False)


def test_an_empty_state_is_an_empty_string(accounts):
    account = opened(accounts)
    assert accounts.seal_state(b"", account) == ""
    assert accounts.open_state("", account) == (b"", False)


def test_metadata_of_another_integration_is_refused(accounts):
    with pytest.raises(Unsealable):
        accounts.open_metadata(accounts.seal_metadata(record(), GUESTBOOK), WORDPRESS)


def test_a_state_of_another_account_is_refused(accounts):
    state = accounts.seal_state(b"x", opened(accounts))
    with pytest.raises(Unsealable):
        accounts.open_state(state, opened(accounts, "account-2"))


def test_a_state_of_another_integrations_account_is_refused(accounts):
    state = accounts.seal_state(b"x", opened(accounts))
    with pytest.raises(Unsealable):
        accounts.open_state(state, opened(accounts, integration=WORDPRESS))


def test_a_state_is_no_metadata_and_metadata_no_state(accounts):
    account = opened(accounts)
    state, metadata = accounts.seal_state(b"x", account), accounts.seal_metadata(account.record, GUESTBOOK)
    with pytest.raises(Unsealable):
        accounts.open_metadata(state, GUESTBOOK)
    with pytest.raises(Unsealable):
        accounts.open_state(metadata, account)


@pytest.mark.parametrize("metadata", ["", "{}", '{"token": "x"}', "AQ", "null", "ümlaut", "AR8uPUw" * 40])
def test_what_was_never_sealed_is_refused(accounts, metadata):
    with pytest.raises(Unsealable, match=r"^This was not sealed here\.$"):
        accounts.open_metadata(metadata, GUESTBOOK)


@pytest.mark.parametrize("plain", [b"", b"\xff\xff\xff", Account(subdomain="demo").SerializeToString()])
def test_a_record_that_is_no_account_is_refused_like_anything_else(accounts, sealer, plain):
    metadata = sealer.seal(plain, purpose=Purpose.METADATA, owner=(GUESTBOOK,))
    with pytest.raises(Unsealable):
        accounts.open_metadata(metadata, GUESTBOOK)


def test_an_account_without_an_id_is_not_sealed(accounts):
    with pytest.raises(ValueError, match="account_id"):
        accounts.seal_metadata(Account(), GUESTBOOK)


def test_an_account_that_does_not_fit_into_zendesks_limit_says_by_how_much(accounts):
    too_large = record(connector_account=b"x" * MAX_PLAINTEXT)
    with pytest.raises(TooLarge) as caught:
        accounts.seal_metadata(too_large, GUESTBOOK)
    assert caught.value.size == too_large.ByteSize()


def test_an_open_account_shows_its_ids_only_and_does_not_travel(accounts):
    given = record(connector_account=b"canary-1", zendesk_access_token="canary-2")
    account = accounts.open_metadata(accounts.seal_metadata(given, GUESTBOOK), GUESTBOOK)
    assert repr(account) == f"{account}" == "OpenAccount(org.example.guestbook, account-1, stale=False)"
    with pytest.raises(TypeError):
        pickle.dumps(account)
