# SPDX-License-Identifier: Apache-2.0
"""Accounts as Zendesk keeps them, and links to files: they open where they belong, and nowhere else."""

from __future__ import annotations

import pickle
import time
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealock.edge.v1.account_pb2 import Account
from sealock.edge.v1.file_link_pb2 import FileLink
from sealock_edge.sealing import MAX_PLAINTEXT, FileLinks, Purpose, TooLarge, Unsealable
from sealock_edge.zendesk.values import https_url

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


INTEGRATION = "org.example.guestbook"
BASE = "https://channels.example.com/guestbook"
TO = FileLink(account_id="0" * 32, reference="media:1")


@pytest.fixture
def links(sealer, clock) -> FileLinks:
    return FileLinks(sealer, clock, 3600)


def made(links, name="pier.png", to=TO, base_url=BASE, integration_id=INTEGRATION):
    return links.link(to, name, links.expiry(), base_url=base_url, integration_id=integration_id)


def parts(link) -> tuple[str, str]:
    """The sealed part and the name, as an HTTP server gives them."""
    sealed, name = urlsplit(link).path.split("/")[-2:]
    return sealed, unquote(name)


def test_a_link_leads_to_what_it_was_made_for(links):
    link = made(links, "Grüße vom Pier.png")
    assert link.startswith(f"{BASE}/files/")
    assert link.endswith("/Gr%C3%BC%C3%9Fe%20vom%20Pier.png")
    assert links.open(*parts(link), INTEGRATION) == TO


def test_a_link_tells_nothing_of_what_it_leads_to(links):
    link = made(links, to=FileLink(account_id="canary-account", reference="canary-reference"))
    assert "canary" not in link


CHANGED = {
    "another integration's": lambda sealed, name: (sealed, name, "org.example.other"),
    "another name": lambda sealed, name: (sealed, "pier.html", INTEGRATION),
    "a name in other letters": lambda sealed, name: (sealed, "PIER.png", INTEGRATION),
    "no name": lambda sealed, name: (sealed, "", INTEGRATION),
    "the first letter": lambda sealed, name: ("B" + sealed[1:], name, INTEGRATION),
    "a letter in the middle": lambda sealed, name: (flipped(sealed, 60), name, INTEGRATION),
    "the last letter": lambda sealed, name: (flipped(sealed, -1), name, INTEGRATION),
    "cut": lambda sealed, name: (sealed[:-1], name, INTEGRATION),
    "nothing": lambda sealed, name: ("", name, INTEGRATION),
}


def flipped(text: str, position: int) -> str:
    at = position % len(text)
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_link_that_was_changed_does_not_open(links, change):
    with pytest.raises(Unsealable):
        links.open(*change(*parts(made(links))))


def test_a_link_expires(links, clock):
    sealed, name = parts(made(links))
    clock.move(seconds=3599)
    assert links.open(sealed, name, INTEGRATION) == TO
    clock.move(seconds=1)
    with pytest.raises(Unsealable):
        links.open(sealed, name, INTEGRATION)


@pytest.mark.parametrize(
    "plain",
    [b"", b"\xff\xff", FileLink(account_id="a").SerializeToString(), FileLink(reference="r").SerializeToString()],
)
def test_what_is_sealed_as_a_link_but_is_none_does_not_open(links, sealer, plain):
    sealed = sealer.seal_until(plain, links.expiry(), purpose=Purpose.FILE, owner=(INTEGRATION, "pier.png"))
    with pytest.raises(Unsealable):
        links.open(sealed, "pier.png", INTEGRATION)


def test_a_file_without_a_reference_gets_no_link(links):
    assert made(links, to=FileLink(account_id="a")) == ""


def test_the_longest_reference_that_the_contract_allows_still_gets_a_link(links):
    link = made(links, "photograph of the pier.png", to=FileLink(account_id="0" * 32, reference="r" * 200))
    assert len(link) <= 511
    assert parts(link)[1] == "photograph of the pier.png"


def test_where_no_name_fits_there_is_no_link(links):
    assert made(links, base_url="https://" + "x" * 400 + ".example/guestbook") == ""


HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,12}){1,3}(:[1-9][0-9]{1,3})?", fullmatch=True),
    st.just("[2001:db8::1]:8443"),
)
PATHS = st.from_regex(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]{1,40}){0,4}", fullmatch=True)
REFERENCES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(host=HOSTS, path=PATHS, name=st.text(st.characters(codec="utf-8"), max_size=300), reference=REFERENCES)
def test_any_link_is_a_url_that_zendesk_takes_and_opens_again_or_there_is_none(links, host, path, name, reference):
    base_url = f"https://{host}{path}/guestbook"
    to = FileLink(account_id="0" * 32, reference=reference)
    link = made(links, name, to=to, base_url=base_url)
    if not link:
        assert len(base_url) + len(reference.encode()) * 4 / 3 > 180
        return
    assert https_url(link, 511) == link
    assert link.startswith(f"{base_url}/files/")
    assert links.open(*parts(link), INTEGRATION) == to


def test_a_page_of_links_is_made_in_no_time(links):
    """Two hundred resources with a file each: measured in seconds, so that only a blunder fails it."""
    begun = time.perf_counter()
    for number in range(200):
        made(links, f"photograph {number}.png")
    assert time.perf_counter() - begun < 0.5
