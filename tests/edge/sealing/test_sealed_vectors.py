# SPDX-License-Identifier: Apache-2.0
"""The format of sealed strings never changes unseen: Zendesk keeps them for years."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from sealock_edge.sealing import KeyRing, Purpose, Sealer
from sealock_edge.sealing.sealer import Envelope, decode, encode

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
