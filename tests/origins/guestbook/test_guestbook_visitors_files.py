# SPDX-License-Identifier: Apache-2.0
"""Visitors' files come with their entries, by reference, and are streamed on demand."""

from __future__ import annotations

import pytest

from sealock_connector import AccountRevoked, File, NotFound, OriginThrottled, OriginUnavailable
from sealock_devkit.emulators.guestbook.files import NewFile

PNG = NewFile("Grüße „vom“ Pier.png", "image/png", b"\x89PNG" + bytes(range(256)) * 9000)
EMPTY = NewFile("empty.txt", "text/plain", b"")
LARGE = NewFile("x" * 240 + ".txt", "text/plain", bytes(5_000_000))


@pytest.fixture
def entry(site):
    return site.entries.add(author="Anna", author_id="visitor-anna", text="Look", brought=[PNG, EMPTY, LARGE])


async def test_an_entry_comes_with_references_to_its_files(connector, account, entry):
    [resource] = (await connector.pull(account)).resources
    assert resource.files == tuple(
        File(file.name, content_type=file.content_type, reference=file.key) for file in entry.files
    )
    assert all(len(file.reference) <= 200 for file in resource.files)


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_file_is_opened_by_its_reference(connector, account, entry, number):
    brought = (PNG, EMPTY, LARGE)[number]
    opened = await connector.open_file(account, entry.files[number].key)
    assert (opened.name, opened.content_type, opened.data) == (brought.name[:127], brought.content_type, brought.data)


async def test_a_file_of_a_deleted_entry_is_not_found(site, connector, account, entry):
    site.entries.delete(entry.id)
    with pytest.raises(NotFound):
        await connector.open_file(account, entry.files[0].key)


@pytest.mark.parametrize("reference", ["../entries", "short", "a" * 81, "%2e%2e/site", "unknown-but-possible"])
async def test_a_reference_that_is_not_the_guestbook_s_is_not_found(connector, account, reference):
    with pytest.raises(NotFound):
        await connector.open_file(account, reference)


FAULTS = [
    ({"token_revoked": True}, AccountRevoked),
    ({"throttle": 1}, OriginThrottled),
    ({"fail": 1}, OriginUnavailable),
]


@pytest.mark.parametrize(("faults", "error"), FAULTS)
async def test_what_the_guestbook_refuses_has_its_reason(site, connector, account, entry, faults, error):
    for name, value in faults.items():
        setattr(site.faults, name, value)
    with pytest.raises(error):
        await connector.open_file(account, entry.files[0].key)
