# SPDX-License-Identifier: Apache-2.0
"""What was under way when it stopped goes on at the next start."""

from __future__ import annotations

import json
import sqlite3

import pytest

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.engine.files import NewFile
from sealock_devkit.zendesk.store import CallFilter, Database, Part, StoreUnusable
from sealock_devkit.zendesk.store.schema import VERSIONS
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, Canned, resource


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


async def with_account(zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
    return account


async def test_everything_is_there_after_a_restart(folder, service):
    async with LocalZendesk(folder, QUICK) as zendesk:
        account = await with_account(zendesk, service)
        service.resources = [resource("c1"), resource("c2", thread_id="c1")]
        await zendesk.pull(account.id)
        file = NewFile("a.txt", "text/plain", b"hello")
        await zendesk.settled(zendesk.reply(1, "answer", files=[file]))
        zendesk.change_settings({"id_scope": "integration"})
        pulls = zendesk.store.pulls.of_account(account.id, 10)
        before = (zendesk.store.accounts.all(), zendesk.tickets(), zendesk.store.tickets.comments(1))
    async with LocalZendesk(folder, QUICK) as zendesk:
        assert (zendesk.store.accounts.get(account.id).metadata, zendesk.tickets()) == (account.metadata, before[1])
        assert zendesk.store.tickets.comments(1) == before[2]
        assert zendesk.settings.id_scope == "integration"
        assert zendesk.store.files.content(1) == b"hello"
        assert zendesk.store.pulls.of_account(account.id, 10)[-len(pulls) :] == pulls
        assert await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > before[0][0].pulls)
        assert (await zendesk.pull(account.id)).duplicates == 2


async def test_a_reply_that_was_on_its_way_is_sent_on_under_the_same_identifier(folder, service):
    slow = QUICK.changed({"channelback_backoff_seconds": 3600})
    async with LocalZendesk(folder, slow) as zendesk:
        account = await with_account(zendesk, service)
        service.resources = [resource("c1")]
        await zendesk.pull(account.id)
        zendesk.faults.switch_on({"call": "channelback", "kind": "lose answer"})
        comment = zendesk.reply(1, "answer")
        await zendesk.wait_until(lambda: zendesk.store.replies.by_comment(comment.id).tries != [])
    async with LocalZendesk(folder, QUICK) as zendesk:
        reply = await zendesk.settled(comment)
        assert [attempt.outcome for attempt in reply.tries] == ["answer lost", "delivered"]
    first, second = service.calls(CHANNELBACK)
    assert first == second
    assert len(service.posted) == 1


async def test_accepted_resources_and_waiting_events_survive(folder, service):
    never = QUICK.changed({"event_window_seconds": 3600})
    async with LocalZendesk(folder, never) as zendesk:
        account = await with_account(zendesk, service)
        with zendesk.store.database.transaction():
            for number in range(3):
                zendesk.store.resources.claim("account 1", f"c{number}", "request")
                zendesk.store.resources.queue(account.id, "request", resource(f"c{number}"))
    assert service.calls(EVENTS) == []
    async with LocalZendesk(folder, QUICK) as zendesk:
        assert await zendesk.wait_until(lambda: len(zendesk.tickets()) == 3)
        await zendesk.wait_until(zendesk.is_idle)
    assert [event["type_id"] for event in service.events()][:2] == ["create_integration", "create_integration_instance"]


async def test_a_stop_during_a_pull_loses_nothing(folder, service):
    async with LocalZendesk(folder, QUICK) as zendesk:
        account = await with_account(zendesk, service)
        service.resources = [resource(f"c{number}") for number in range(200)]
        service.script["/pull"] = [Canned({"external_resources": service.resources, "state": "s"}, delay=0.2)]
        zendesk.store.accounts.update(account.id, interval_seconds=0)
        zendesk.context.changes.announce()
        await zendesk.wait_until(lambda: zendesk.puller.busy)
    async with LocalZendesk(folder, QUICK) as zendesk:
        assert await zendesk.wait_until(lambda: len(zendesk.tickets()) == 200)
        await zendesk.pull(account.id)
        assert len(zendesk.tickets()) == 200


async def test_one_folder_is_used_by_one_process(folder):
    async with LocalZendesk(folder, QUICK):
        with pytest.raises(StoreUnusable, match="another local Zendesk is using the folder data"):
            LocalZendesk(folder, QUICK)
    async with LocalZendesk(folder, QUICK):
        pass


async def test_data_of_a_newer_version_is_left_alone(folder):
    async with LocalZendesk(folder, QUICK):
        pass
    connection = sqlite3.connect(folder / "zendesk.sqlite")
    connection.execute(f"PRAGMA user_version = {len(VERSIONS) + 1}")
    connection.close()
    with pytest.raises(StoreUnusable, match="newer version"):
        LocalZendesk(folder, QUICK)


@pytest.mark.parametrize("version", range(1, len(VERSIONS)))
async def test_data_of_an_older_version_goes_on(folder, monkeypatch, version):
    manifest = {"name": "Old", "id": "old", "urls": {"admin_ui": "https://s.example/admin"}}
    with monkeypatch.context() as patch:
        patch.setattr("sealock_devkit.zendesk.store.database.VERSIONS", VERSIONS[:version])
        database = Database(folder)
        database.insert(
            "integrations",
            manifest_url="https://s.example/m.json",
            manifest=json.dumps(manifest),
            installed_at="2026-01-02T03:04:05.000Z",
            fetched_at="2026-01-02T03:04:06.000Z",
        )
        database.close()
    async with LocalZendesk(folder, QUICK) as zendesk:
        (integration,) = zendesk.store.integrations.all()
        assert (integration.manifest.name, integration.polled_at) == ("Old", "2026-01-02T03:04:06.000Z")
        assert zendesk.store.apps.of(integration.id) is None
        assert zendesk.store.files.waiting_count() == 0


async def test_the_journal_of_an_older_version_is_read_on(folder, service, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("sealock_devkit.zendesk.store.database.VERSIONS", VERSIONS[:2])
        database = Database(folder)
        call = {
            "method": "POST",
            "url": "http://127.0.0.1/pull",
            "milliseconds": 1,
            "started_at": "2026-01-01T00:00:00Z",
        }
        database.insert("calls", kind="pull", account_id=7, request_id="r-1", sent='[["metadata", "•••"]]', **call)
        database.insert("calls", kind="manifest", **call)
        event = {"integration_id": 1, "created_at": "2026-01-01T00:00:00Z", "status": "delivered"}
        bodies = {"pull_request": {"data": {"request_id": "r-1"}}, "create_integration": {"data": {}}}
        database.run("PRAGMA foreign_keys = OFF")
        for kind, body in bodies.items():
            database.insert("events", type_id=kind, body=json.dumps(body), **event)
        database.insert("violations", endpoint="pull", path="", rule="JSON", source="schema", found_at="", call_id=1)
        database.close()
    async with LocalZendesk(folder, QUICK) as zendesk:
        store = zendesk.store
        assert [event.account_id for event in store.events.all(9)] == [7, None], "whose it was is found by its request"
        assert [(call.kind, call.headers, call.body) for call in store.calls.all()] == [
            ("pull", "[]", ""),
            ("manifest", "[]", ""),
        ]
        assert [call.id for call in store.calls.find(CallFilter(wrong=True, kind="pull"), Part())] == [1]
        await with_account(zendesk, service)
        await zendesk.wait_until(zendesk.is_idle)
        assert store.events.all(1)[0].call_id is not None


async def test_the_data_is_for_its_owner_only(folder):
    async with LocalZendesk(folder, QUICK):
        assert (folder / "zendesk.sqlite").stat().st_mode & 0o077 == 0


async def test_half_a_transaction_is_nothing(folder):
    async with LocalZendesk(folder, QUICK) as zendesk:
        store = zendesk.store

        def break_off() -> None:
            with store.database.transaction():
                store.settings.save({"subdomain": "other"})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            break_off()
        assert store.settings.changed() == {}
        assert json.dumps(zendesk.settings.as_dict())
