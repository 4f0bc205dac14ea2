# SPDX-License-Identifier: Apache-2.0
"""The edge's client of Zendesk's API and the local Zendesk, which were written from the protocol apart, agree on it."""

from __future__ import annotations

import io
import ssl
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from sealock.edge.v1.account_pb2 import Account
from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.api.app import create_app
from sealock_edge.sealing import OpenAccount
from sealock_edge.store import MemoryStore
from sealock_edge.telemetry import IntegrationMetrics, Journal, Metrics
from sealock_edge.zendesk import ZendeskHosts
from sealock_edge.zendesk_api import (
    Caller,
    Missing,
    Refusal,
    RefusedAccounts,
    Telling,
    Waits,
    ZendeskBusy,
    ZendeskClient,
    ZendeskRefused,
)
from tests.devkit.zendesk.conftest import QUICK, added
from tests.devkit.zendesk.scripted_service import ScriptedService, resource
from tests.serving import serving

NO_PARENT = "could_not_locate_parent_external_resource"


class Pushing:
    """A client, an account of the local Zendesk, and that."""

    def __init__(self, client: ZendeskClient, zendesk: LocalZendesk, service: ScriptedService, account) -> None:
        self.client, self.zendesk, self.service, self.account = client, zendesk, service, account

    @property
    def opened(self) -> OpenAccount:
        """The account as the edge knows it when it was last saved."""
        record = Account(
            account_id="account-1",
            subdomain="example",
            instance_push_id=self.account.instance_push_id,
            zendesk_access_token=self.account.access_token,
        )
        return OpenAccount(record, "integration", stale=False)

    async def push(self, *resources):
        return await self.client.push(self.opened, resources, request_id="call-1")

    def fault(self, kind: str, **more) -> None:
        self.zendesk.faults.switch_on({"call": "push", "kind": kind, **more})

    def texts(self) -> list[str]:
        """What stands in all tickets, in order."""
        store = self.zendesk.store.tickets
        return [each.body for ticket in self.zendesk.tickets() for each in store.comments(ticket.id)]


@pytest.fixture
async def pushing(tmp_path):
    async with ScriptedService() as service, LocalZendesk(tmp_path / "zendesk", QUICK) as zendesk:
        service.manifest["push_client_id"] = "client"
        account = await added(zendesk, service)
        app = create_app(zendesk)
        async with serving(lambda _: app) as url:
            caller = Caller(
                ZendeskHosts((), [url]),
                lambda: datetime.now(UTC),
                tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                waits=Waits(between_tries=0.001),
            )
            metrics = IntegrationMetrics(Metrics(CollectorRegistry()), "guestbook")
            journal = Journal(io.BytesIO(), lambda: datetime.now(UTC))
            telling = Telling({"integration": metrics}, journal, RefusedAccounts(lambda: datetime.now(UTC)))
            client = ZendeskClient(caller, MemoryStore(lambda: 0.0, 3600), telling, clock=lambda: 0.0)
            yield Pushing(client, zendesk, service, account)
            await client.close()


def several(count: int, **more) -> list[dict]:
    return [resource(f"r{number}", f"text {number}", thread_id="t", **more) for number in range(count)]


async def test_what_is_pushed_is_in_the_ticket_once_and_in_order(pushing):
    given = several(450)
    for _ in range(2):
        result = await pushing.push(*given)
        assert (result.complete, len(result.there)) == (True, 450)
    assert pushing.texts() == [f"text {number}" for number in range(450)]


@pytest.mark.parametrize("fault", ["lose answer", "drop", "delay"])
async def test_a_lost_answer_loses_and_doubles_nothing(pushing, fault):
    pushing.fault(fault, seconds=0.01)
    assert (await pushing.push(*several(3))).complete
    assert pushing.texts() == ["text 0", "text 1", "text 2"]


async def test_what_cannot_be_processed_keeps_its_conversation_back_and_no_other(pushing):
    pushing.fault("processing error")
    result = await pushing.push(*several(3), resource("o", "other", thread_id="another"))
    assert result.there == ("o",)
    assert result.missing == (Missing("r0", "processing_error"), Missing("r1", "halted"), Missing("r2", "halted"))
    assert pushing.texts() == ["other"]


async def test_a_parent_that_is_not_found_at_first_changes_no_order(pushing):
    pushing.fault("missing parent")
    assert (await pushing.push(*several(4))).complete
    assert pushing.texts() == ["text 0", "text 1", "text 2", "text 3"]


async def test_children_before_their_parents_arrive_behind_them(pushing):
    given = [resource("c", "child", parent_id="p"), resource("p", "parent"), resource("o", "other", parent_id="gone")]
    result = await pushing.push(*given)
    assert (result.there, result.missing) == (("c", "p"), (Missing("o", NO_PARENT),))
    assert pushing.texts() == ["parent", "child"]


async def test_one_resource_that_breaks_the_schema_is_found_and_the_others_arrive(pushing):
    given = [resource(f"r{number}", f"text {number}", thread_id=f"t{number}") for number in range(40)]
    given[17]["message"] = ""
    result = await pushing.push(*given)
    assert result.missing == (Missing("r17", "not_taken"),)
    assert pushing.texts() == [f"text {number}" for number in range(40) if number != 17]


async def test_a_busy_zendesk_is_left_alone(pushing):
    pushing.fault("busy", seconds=20)
    for _ in range(2):
        with pytest.raises(ZendeskBusy) as busy:
            await pushing.push(*several(1))
        assert busy.value.retry_after == 20
    assert len(pushing.zendesk.store.calls.all(kind="push")) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"access_tokens": "ended"}, Refusal.TOKEN),
        ({"access_token_minutes": 1e-9}, Refusal.TOKEN),
        ({"push_client": "refused"}, Refusal.FORBIDDEN),
    ],
)
async def test_a_token_that_ended_stops_pushing_until_the_account_is_saved_anew(pushing, changes, refusal):
    pushing.zendesk.change_settings(changes)
    for _ in range(2):
        with pytest.raises(ZendeskRefused) as refused:
            await pushing.push(*several(1))
        assert refused.value.refusal is refusal
    assert len(pushing.zendesk.store.calls.all(kind="push")) == 1
    pushing.zendesk.change_settings({"access_tokens": "accepted", "access_token_minutes": 0, "push_client": "approved"})
    pushing.account = await pushing.zendesk.edit_account(pushing.account, [pushing.service.good_answers])
    assert (await pushing.push(*several(1))).complete


async def test_a_deleted_account_is_refused(pushing):
    pushing.zendesk.lifecycle.delete(pushing.account)
    with pytest.raises(ZendeskRefused):
        await pushing.client.validate(pushing.opened, request_id="call-1")


async def test_a_good_token_is_validated_and_a_late_failure_reaches_the_agent(pushing):
    await pushing.client.validate(pushing.opened, request_id="call-1")
    await pushing.push(resource("a", "hello"))
    comment = pushing.zendesk.reply(1, "answer")
    reply = await pushing.zendesk.settled(comment)
    assert reply is not None
    await pushing.client.report_error(
        pushing.opened, external_id=reply.external_id, description="It was removed.", request_id="call-2"
    )
    assert pushing.zendesk.store.tickets.comment(comment.id).problem == "It was removed."
    with pytest.raises(ZendeskRefused) as refused:
        await pushing.client.report_error(pushing.opened, external_id="x", description="", request_id="call-3")
    assert refused.value.refusal is Refusal.NOT_FOUND
    assert await pushing.client.may_push(pushing.opened) is None


async def test_nothing_that_is_said_breaks_the_protocol(pushing):
    await pushing.push(*several(201))
    await pushing.client.validate(pushing.opened, request_id="call-1")
    assert pushing.zendesk.store.violations.all() == []
