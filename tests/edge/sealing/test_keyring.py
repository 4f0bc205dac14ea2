# SPDX-License-Identifier: Apache-2.0
"""The ring: one key seals, all open, turning needs no pause, and a broken directory changes nothing."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
from base64 import b64encode

import pytest

from sealock_edge.sealing import KeyRing, KeyRingError, Purpose, Sealer, Unsealable
from sealock_edge.sealing.keyring import write_key
from tests.edge.sealing.conftest import add_key

OWNER = ("org.example.guestbook",)


def seal(sealer: Sealer) -> str:
    return sealer.seal(b"x", purpose=Purpose.METADATA, owner=OWNER)


def stale(sealer: Sealer, sealed: str) -> bool:
    return sealer.open(sealed, purpose=Purpose.METADATA, owner=OWNER).stale


def test_rotation_walks_from_key_to_key_without_a_pause(directory, clock):
    k1 = add_key(directory, clock)
    ring = KeyRing.load(directory, clock)
    sealer = Sealer(ring, clock)
    under_k1 = seal(sealer)
    for _ in range(2):
        former = ring.primary.id
        new = add_key(directory, clock, seals_after=120)
        ring.reload()
        assert ring.primary.id == former, "a new key does not seal at once"
        before = seal(sealer)
        assert not stale(sealer, before)
        clock.move(seconds=119)
        assert ring.primary.id == former
        clock.move(seconds=1)
        assert ring.primary.id == new, "it seals from its time on, without another reading"
        assert stale(sealer, before)
        assert stale(sealer, under_k1)
        assert not stale(sealer, seal(sealer))
    (directory / f"{k1}.key").unlink()
    ring.reload()
    with pytest.raises(Unsealable):
        stale(sealer, under_k1)
    assert len(ring.keys) == 2


def test_an_edge_that_sees_the_new_key_late_opens_what_another_edge_sealed_with_it(directory, clock, tmp_path):
    add_key(directory, clock)
    late = tmp_path / "late"
    shutil.copytree(directory, late)
    early_ring, late_ring = KeyRing.load(directory, clock), KeyRing.load(late, clock)
    add_key(directory, clock, seals_after=120)
    early_ring.reload()
    clock.move(seconds=60)
    shutil.copytree(directory, late, dirs_exist_ok=True)
    clock.move(seconds=60)
    sealed = seal(Sealer(early_ring, clock))
    assert not stale(Sealer(late_ring, clock), sealed), "the unknown key made it look at once"


def test_an_unknown_key_makes_the_ring_look_at_most_once_a_second(directory, ring, clock, sealer):
    other = directory.parent / "other"
    other.mkdir()
    key = add_key(other, clock)
    sealed = seal(Sealer(KeyRing.load(other, clock), clock))
    with pytest.raises(Unsealable):
        stale(sealer, sealed)
    shutil.copy(other / f"{key}.key", directory)
    clock.move(seconds=0.9)
    with pytest.raises(Unsealable):
        stale(sealer, sealed)
    clock.move(seconds=0.1)
    stale(sealer, sealed)


def test_a_clock_that_jumps_back_does_not_stop_the_looking(directory, ring, clock, sealer):
    clock.move(hours=-1)
    key = add_key(directory, clock)
    assert ring.find(bytes.fromhex(key)) is not None


def test_the_ring_knows_when_each_key_last_opened_something(ring, clock, sealer):
    assert ring.last_opened == {}
    sealed = seal(sealer)
    assert ring.last_opened == {}
    when = clock.move(minutes=5)
    stale(sealer, sealed)
    assert ring.last_opened == {ring.primary.id: when}
    clock.move(minutes=5)
    with pytest.raises(Unsealable):
        sealer.open(sealed, purpose=Purpose.STATE, owner=OWNER)
    assert ring.last_opened == {ring.primary.id: when}, "what does not open is no use"


def test_a_ring_whose_keys_all_lie_ahead_seals_with_the_first(directory, clock):
    first = add_key(directory, clock, seals_after=60)
    add_key(directory, clock, seals_after=120)
    assert KeyRing.load(directory, clock).primary.id == first


def test_a_mounted_secret_is_read_through_its_links(directory, clock, tmp_path):
    key = add_key(directory, clock)
    mount = tmp_path / "mount"
    version = mount / "..2026_05_04"
    version.mkdir(parents=True)
    shutil.move(directory / f"{key}.key", version / f"{key}.key")
    (mount / "..data").symlink_to(version.name)
    (mount / f"{key}.key").symlink_to(f"..data/{key}.key")
    (mount / "README").write_text("not a key")
    (mount / ".0a0b0c0d.key").write_text("somebody is still writing")
    assert [k.id for k in KeyRing.load(mount, clock).keys] == [key]


def key_content(**changes) -> str:
    content = {
        "version": 1,
        "id": "0a0b0c0d",
        "created": "2026-01-01T00:00:00Z",
        "seals_from": "2026-01-01T00:00:00Z",
        "secret": b64encode(b"canary-secret-canary-secret-1234").decode(),
    }
    return json.dumps({name: value for name, value in (content | changes).items() if value is not None})


BROKEN = {
    "empty": "",
    "not JSON": "{",
    "a list": "[]",
    "JSON null": "null",
    "of another version": key_content(version=2),
    "without an id": key_content(id=None),
    "with another file's id": key_content(id="0a0b0c0e"),
    "with a number as its id": key_content(id=1),
    "without a secret": key_content(secret=None),
    "with a short secret": key_content(secret=b64encode(b"canary-secret").decode()),
    "with half a secret": key_content(secret=b64encode(b"canary-secret-16").decode()),
    "with a secret that has more in it": key_content(
        secret="!" + b64encode(b"canary-secret-canary-secret-1234").decode()
    ),
    "with a secret that is not base64": key_content(secret="canary-secret!"),
    "without a time": key_content(seals_from=None),
    "with a time without a zone": key_content(created="2026-01-01T00:00:00"),
    "with a time in words": key_content(seals_from="now"),
    "not in UTF-8": b"\xff\xfe",
    "too large": key_content(note="x" * 5000),
}


def write_raw(directory, content: str | bytes, name: str = "0a0b0c0d.key") -> None:
    path = directory / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)


def test_the_key_file_that_the_broken_ones_are_made_from_is_fine(directory, clock):
    write_raw(directory, key_content())
    assert KeyRing.load(directory, clock).primary.id == "0a0b0c0d"


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_key_file_is_named_and_not_shown(directory, clock, content):
    write_raw(directory, content)
    with pytest.raises(KeyRingError, match=r"^0a0b0c0d\.key is not a key file$") as caught:
        KeyRing.load(directory, clock)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("name", ["key.key", "0a0b0c0d0a.key", "0A0B0C0D.key", "zzzzzzzz.key"])
def test_a_key_file_of_another_name_is_refused(directory, clock, name):
    write_raw(directory, key_content(id=name.removesuffix(".key")), name)
    with pytest.raises(KeyRingError, match="is not a key file"):
        KeyRing.load(directory, clock)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_key_file_that_others_can_write_is_refused(directory, clock, mode):
    write_raw(directory, key_content())
    (directory / "0a0b0c0d.key").chmod(mode)
    with pytest.raises(KeyRingError, match=r"0a0b0c0d\.key can be written by"):
        KeyRing.load(directory, clock)


@pytest.mark.parametrize(("mode", "worth"), [(0o600, False), (0o440, False), (0o644, True)])
def test_a_key_file_that_everybody_can_read_is_worth_a_warning(directory, clock, mode, worth):
    write_raw(directory, key_content())
    (directory / "0a0b0c0d.key").chmod(mode)
    assert bool(KeyRing.load(directory, clock).readable_by_all) is worth


def test_a_missing_and_an_empty_directory_are_named(directory, clock):
    with pytest.raises(KeyRingError, match=r"^keys has no key in it$"):
        KeyRing.load(directory, clock)
    with pytest.raises(KeyRingError, match=r"^nowhere cannot be read: No such file or directory$"):
        KeyRing.load(directory / "nowhere", clock)


def test_a_directory_that_breaks_leaves_the_last_good_keys_and_says_so(directory, ring, clock, sealer):
    sealed, key = seal(sealer), ring.primary
    write_raw(directory, "{")
    with pytest.raises(KeyRingError):
        ring.reload()
    assert not ring.refresh()
    assert ring.problem == "0a0b0c0d.key is not a key file"
    assert ring.primary is key
    assert not stale(sealer, sealed)
    (directory / "0a0b0c0d.key").unlink()
    assert ring.refresh()
    assert ring.problem is None


def test_a_key_shows_no_secret_and_does_not_travel(directory, clock):
    write_raw(directory, key_content())
    ring = KeyRing.load(directory, clock)
    key = ring.primary
    shown = f"{key!r} {key} {vars(ring)} {ring!r} {ring.keys}"
    assert "canary" not in shown
    assert b64encode(b"canary-secret").decode()[:12] not in shown
    for travel in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            travel(key)


def test_a_new_key_gets_an_id_of_its_own(directory, clock):
    tried: list[str] = []

    def taken(key_id: str) -> bool:
        tried.append(key_id)
        return len(tried) < 3

    key = write_key(directory, created=clock(), seals_from=clock(), taken=taken)
    assert key == tried[2]
    assert len(set(tried)) == 3
