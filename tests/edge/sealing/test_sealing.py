# SPDX-License-Identifier: Apache-2.0
"""What was sealed opens unchanged, for its purpose and owner, in this version and the next; anything else does not."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.sealing import MAX_PLAINTEXT, MAX_SEALED_CHARS, KeyRing, Purpose, Sealer, TooLarge, Unsealable
from sealock_edge.sealing.keyring import write_key
from sealock_edge.sealing.sealer import Envelope, decode, encode

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
OWNER = ("org.example.guestbook", "account-1")
EXPIRING = [purpose for purpose in Purpose if purpose.expires]
LASTING = [purpose for purpose in Purpose if not purpose.expires]
owners = st.lists(st.text(max_size=20), min_size=1, max_size=3).map(tuple)


@pytest.fixture(scope="module")
def sealed_here(tmp_path_factory) -> Sealer:
    directory = tmp_path_factory.mktemp("keys")
    write_key(directory, created=NOW, seals_from=NOW, taken=lambda _: False)
    return Sealer(KeyRing.load(directory, lambda: NOW), lambda: NOW)


def refused(sealer: Sealer, sealed: str, purpose: Purpose = Purpose.STATE, owner: tuple[str, ...] = OWNER) -> None:
    with pytest.raises(Unsealable) as caught:
        sealer.open(sealed, purpose=purpose, owner=owner)
    error = caught.value
    assert type(error) is Unsealable
    assert str(error) == "This was not sealed here."
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


@given(plain=st.binary(max_size=MAX_PLAINTEXT), purpose=st.sampled_from(LASTING), owner=owners)
def test_what_was_sealed_opens(sealed_here, plain, purpose, owner):
    sealed = sealed_here.seal(plain, purpose=purpose, owner=owner)
    assert len(sealed) <= MAX_SEALED_CHARS
    assert sealed_here.open(sealed, purpose=purpose, owner=owner) == (plain, False)


@given(plain=st.binary(max_size=600), purpose=st.sampled_from(EXPIRING), owner=owners)
def test_what_expires_opens_until_then(sealed_here, plain, purpose, owner):
    sealed = sealed_here.seal_until(plain, NOW + timedelta(seconds=1), purpose=purpose, owner=owner)
    assert sealed_here.open(sealed, purpose=purpose, owner=owner) == (plain, False)


@pytest.mark.parametrize("purpose", EXPIRING)
def test_what_has_expired_is_refused_like_anything_else(sealed_here, purpose):
    refused(sealed_here, sealed_here.seal_until(b"x", NOW, purpose=purpose, owner=OWNER), purpose)


def test_every_changed_bit_is_refused(sealed_here):
    raw = urlsafe_b64decode(sealed_here.seal(b"a state.", purpose=Purpose.STATE, owner=OWNER) + "==")
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        refused(sealed_here, urlsafe_b64encode(changed).decode().rstrip("="))


@pytest.mark.parametrize("plain", [b"a", b"ab", b"abc"], ids=["2 spare bits", "no spare bits", "4 spare bits"])
def test_every_changed_character_is_refused(sealed_here, plain):
    sealed = sealed_here.seal(plain, purpose=Purpose.STATE, owner=OWNER)
    for place, old in enumerate(sealed):
        for new in "ABCDwxyz0189-_+/=. é\x00\n":
            if new != old:
                refused(sealed_here, sealed[:place] + new + sealed[place + 1 :])


def test_every_other_last_character_is_refused(sealed_here):
    for plain in (b"a", b"ab", b"abc"):
        sealed = sealed_here.seal(plain, purpose=Purpose.STATE, owner=OWNER)
        for new in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
            if new != sealed[-1]:
                refused(sealed_here, sealed[:-1] + new)


def test_every_cut_and_every_addition_is_refused(sealed_here):
    sealed = sealed_here.seal(b"a state", purpose=Purpose.STATE, owner=OWNER)
    for length in range(len(sealed)):
        refused(sealed_here, sealed[:length])
        refused(sealed_here, sealed[length + 1 :])
    for addition in ("A", "=", "==", " ", "\n", "AAAA", sealed):
        refused(sealed_here, sealed + addition)
        refused(sealed_here, addition + sealed)


@pytest.mark.parametrize("junk", ["====", "    ", "\r\n\r\n", "++++", "////", "!!!!", "==", "\u00a0" * 4])
def test_letters_that_are_none_of_the_alphabet_are_refused_wherever_they_stand(sealed_here, junk):
    sealed = sealed_here.seal(b"a state", purpose=Purpose.STATE, owner=OWNER)
    for place in (0, 4, len(sealed) // 2, len(sealed)):
        refused(sealed_here, sealed[:place] + junk + sealed[place:])


@given(sealed=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused(sealed_here, sealed):
    refused(sealed_here, sealed)


@given(a=owners, b=owners)
def test_another_owners_string_is_refused(sealed_here, a, b):
    sealed = sealed_here.seal(b"x", purpose=Purpose.STATE, owner=a)
    if a != b:
        refused(sealed_here, sealed, owner=b)


@pytest.mark.parametrize(
    "other",
    [("org.example.guestbook",), ("org.example.guestbookaccount-1",), ("", *OWNER), ("account-1", OWNER[0]), ()],
)
def test_owners_whose_names_run_together_are_told_apart(sealed_here, other):
    refused(sealed_here, sealed_here.seal(b"x", purpose=Purpose.STATE, owner=OWNER), owner=other)


@pytest.mark.parametrize("sealed_for", Purpose)
@pytest.mark.parametrize("opened_for", Purpose)
def test_another_purposes_string_is_refused(sealed_here, sealed_for, opened_for):
    if sealed_for.expires:
        sealed = sealed_here.seal_until(b"12345678", NOW + timedelta(hours=1), purpose=sealed_for, owner=OWNER)
    else:
        sealed = sealed_here.seal(b"12345678", purpose=sealed_for, owner=OWNER)
    if sealed_for is opened_for:
        assert sealed_here.open(sealed, purpose=opened_for, owner=OWNER).plain == b"12345678"
    else:
        refused(sealed_here, sealed, opened_for)


def test_a_key_that_is_gone_is_refused_in_the_same_words(sealed_here, sealer):
    refused(sealed_here, sealer.seal(b"x", purpose=Purpose.STATE, owner=OWNER))


def test_the_longest_plaintext_fills_zendesks_limit_and_one_byte_more_is_refused(sealed_here):
    assert MAX_PLAINTEXT == 3717
    sealed = sealed_here.seal(b"x" * MAX_PLAINTEXT, purpose=Purpose.METADATA, owner=OWNER)
    assert len(sealed) == MAX_SEALED_CHARS
    with pytest.raises(TooLarge, match=r"^3718 bytes are to be sealed, and at most 3717 fit$") as caught:
        sealed_here.seal(b"x" * 3718, purpose=Purpose.METADATA, owner=OWNER)
    assert (caught.value.size, caught.value.limit) == (3718, 3717)


def test_a_form_between_pages_may_be_larger(sealed_here):
    plain = b"x" * 20_000
    sealed = sealed_here.seal_until(plain, NOW + timedelta(hours=1), purpose=Purpose.SETUP, owner=OWNER)
    assert sealed_here.open(sealed, purpose=Purpose.SETUP, owner=OWNER).plain == plain
    with pytest.raises(TooLarge):
        sealed_here.seal_until(plain, NOW, purpose=Purpose.SETUP, owner=OWNER, limit=19_999)


def test_a_purpose_is_sealed_the_way_it_lasts(sealed_here):
    with pytest.raises(ValueError, match="FILE has to expire"):
        sealed_here.seal(b"x", purpose=Purpose.FILE, owner=OWNER)
    with pytest.raises(ValueError, match="STATE does not expire"):
        sealed_here.seal_until(b"x", NOW, purpose=Purpose.STATE, owner=OWNER)


def test_the_same_state_is_sealed_differently_each_time_and_an_event_token_is_not(sealed_here):
    def seal(purpose: Purpose) -> str:
        return sealed_here.seal(b"x", purpose=purpose, owner=OWNER)

    assert seal(Purpose.STATE) != seal(Purpose.STATE)
    assert seal(Purpose.EVENT_TOKEN) == seal(Purpose.EVENT_TOKEN)


VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sealed-v1.json").read_text("utf-8"))["vectors"]
EVERY_VECTOR = pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
LONG_AGO = "2026-01-01T00:00:00Z"


def sealer_of(vector, directory, clock) -> Sealer:
    content = {
        "version": 1,
        "id": vector["key_id"],
        "created": LONG_AGO,
        "seals_from": LONG_AGO,
        "secret": vector["secret"],
    }
    path = directory / f"{vector['key_id']}.key"
    path.write_text(json.dumps(content), "ascii")
    path.chmod(0o600)
    return Sealer(KeyRing.load(directory, clock), clock)


@EVERY_VECTOR
def test_a_sealed_string_of_old_opens(vector, directory, clock):
    if "expires" in vector:
        clock.now = datetime.fromtimestamp(vector["expires"], UTC) - timedelta(seconds=1)
    sealer = sealer_of(vector, directory, clock)
    opened = sealer.open(vector["sealed"], purpose=Purpose[vector["purpose"]], owner=tuple(vector["owner"]))
    assert opened.plain == bytes.fromhex(vector["plain"])
    assert not opened.stale


@EVERY_VECTOR
def test_the_parts_of_a_sealed_string_are_where_the_format_says(vector):
    envelope = decode(vector["sealed"])
    assert envelope.key_id.hex() == vector["key_id"]
    assert envelope.nonce.hex() == vector["nonce"]
    assert encode(envelope) == vector["sealed"]


@EVERY_VECTOR
def test_the_cipher_is_aes_256_gcm_siv_over_the_associated_data(vector):
    key_id, nonce, associated = (bytes.fromhex(vector[part]) for part in ("key_id", "nonce", "associated_data"))
    expiry = vector["expires"].to_bytes(8, "big") if "expires" in vector else b""
    cipher = AESGCMSIV(b64decode(vector["secret"]))
    ciphertext = cipher.encrypt(nonce, expiry + bytes.fromhex(vector["plain"]), associated)
    assert encode(Envelope(key_id, nonce, ciphertext)) == vector["sealed"]


def test_an_event_token_is_sealed_the_same_way_each_time(directory, clock):
    vector = next(vector for vector in VECTORS if vector["purpose"] == "EVENT_TOKEN")
    sealer = sealer_of(vector, directory, clock)
    plain, owner = bytes.fromhex(vector["plain"]), tuple(vector["owner"])
    assert sealer.seal(plain, purpose=Purpose.EVENT_TOKEN, owner=owner) == vector["sealed"]


def test_there_is_a_vector_of_every_way_of_sealing():
    assert {vector["purpose"] for vector in VECTORS} >= {"METADATA", "STATE", "SIGN_IN", "EVENT_TOKEN"}
