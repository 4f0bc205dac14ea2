# SPDX-License-Identifier: Apache-2.0
"""Hints of webhooks: offered to Zendesk's pulls until one of them is seen to have arrived, and costing nothing else."""

from __future__ import annotations

import pytest

from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail, Reason
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.store import Hint, account_name
from tests.edge.edge_under_test import GUESTBOOK_ID, add_key
from tests.edge.endpoints.test_event_callback import event, send
from tests.edge.endpoints.test_pull import resource
from tests.edge.scripted_connector import Refusal
from tests.edge.webhooks.webhook_edge import WITHOUT_WEBHOOKS, WebhookEdge, webhook_edge

PAGE = "page-1"


@pytest.fixture
async def hooked(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock) as running:
        finds(running)
        yield running


def finds(hooked: WebhookEdge, *answers, **page) -> None:
    """What the connector answers to pulls."""
    hooked.connector.script("Pull", *(answers or [PullResponse(**{"origin_account_key": PAGE, **page})]))


def offered(hooked: WebhookEdge) -> list[bytes]:
    """To the last pull."""
    return list(hooked.connector.seen("Pull")[-1].request.hints)


class Zendesk:
    """An account as Zendesk keeps it, and its pulls."""

    def __init__(self, hooked: WebhookEdge, account_id: str = "account-1", **record) -> None:
        self.hooked = hooked
        self.metadata = hooked.edge.metadata(account_id, **record)
        self.state = ""

    async def pull(self, *, lost: bool = False, status: int = 200) -> list[bytes]:
        """The hints that a pull was given; what is answered is kept unless it is lost."""
        result = await self.hooked.edge.pull(self.metadata, self.state)
        assert result.status_code == status
        if not lost and status == 200:
            self.state = result.json["state"]
            self.metadata = result.json.get("metadata", self.metadata)
        return offered(self.hooked)


async def test_a_hint_is_offered_until_zendesk_calls_with_the_state_of_the_answer_that_read_it(hooked):
    zendesk = Zendesk(hooked)
    assert await zendesk.pull() == []
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert await zendesk.pull(lost=True) == [b"mention-1"]
    assert await zendesk.pull(lost=True) == [b"mention-1"]
    assert await zendesk.pull() == [b"mention-1"]
    assert await zendesk.pull() == []


@pytest.mark.parametrize("state", [b"", b"cursor"], ids=["no state", "the same state"])
async def test_a_read_hint_has_a_new_state_string_though_the_connector_s_state_is_as_it_was(hooked, state):
    finds(hooked, state=state)
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    quiet = zendesk.state
    await zendesk.pull()
    assert zendesk.state == quiet
    await hooked.webhook({PAGE: [b"mention-1"]})
    assert await zendesk.pull() == [b"mention-1"]
    assert zendesk.state != quiet
    assert hooked.edge.opened_state(zendesk.state) == state
    read_at = zendesk.state
    assert await zendesk.pull() == []
    assert zendesk.state == read_at


async def test_a_repeat_with_an_old_state_after_all_does_not_bring_back_what_arrived(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    old = zendesk.state
    await hooked.webhook({PAGE: [b"mention-1"]})
    await zendesk.pull()
    assert await zendesk.pull() == []
    zendesk.state = old
    assert await zendesk.pull() == []


async def test_hints_are_offered_oldest_first_a_hundred_at_once_and_the_same_one_once(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    hints = [b"mention-%03d" % number for number in range(150)]
    await hooked.webhook({PAGE: hints})
    await hooked.webhook({PAGE: [*hints[5:8], b"mention-150"]})
    assert await zendesk.pull() == hints[:100]
    assert await zendesk.pull() == [*hints[100:], b"mention-150"]
    assert await zendesk.pull() == []


async def test_hints_that_the_connector_could_not_read_yet_stay(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a", b"b", b"c"]})
    finds(hooked, unread_hints=[b"b", b"never offered"])
    assert await zendesk.pull() == [b"a", b"b", b"c"]
    finds(hooked)
    assert await zendesk.pull() == [b"b"]
    assert await zendesk.pull() == []


@pytest.mark.parametrize(
    "half",
    [
        PullResponse(origin_account_key=PAGE, state=b"half", more=True),
        PullResponse(
            origin_account_key=PAGE,
            state=b"half",
            interruption=ConnectorErrorDetail(reason=Reason.REASON_ORIGIN_THROTTLED),
        ),
        PullResponse(
            origin_account_key=PAGE,
            state=b"half",
            interruption=ConnectorErrorDetail(reason=Reason.REASON_ORIGIN_UNAVAILABLE),
        ),
    ],
    ids=["more", "throttled", "unavailable"],
)
async def test_a_pull_that_is_not_at_its_end_has_read_no_hint(hooked, half):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a"]})
    finds(hooked, half)
    assert await zendesk.pull() == [b"a"]
    assert await zendesk.pull() == [b"a"]
    finds(hooked)
    assert await zendesk.pull() == [b"a"]
    assert await zendesk.pull() == []


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal(Reason.REASON_ACCOUNT_REVOKED), 200),
        (Refusal(Reason.REASON_ORIGIN_THROTTLED), 200),
        (Refusal(Reason.REASON_ORIGIN_UNAVAILABLE), 503),
        (Refusal(Reason.REASON_INTERNAL), 500),
        (b"\xff\xff", 503),
    ],
)
async def test_a_pull_that_failed_keeps_hints_and_what_the_account_watches(hooked, refusal, status):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a"]})
    finds(hooked, refusal)
    await zendesk.pull(status=status)
    await hooked.webhook({PAGE: [b"b"]})
    finds(hooked)
    assert await zendesk.pull() == [b"a", b"b"]


async def test_a_webhook_that_came_before_any_pull_is_not_lost(hooked):
    await hooked.webhook({PAGE: [b"early"]})
    zendesk = Zendesk(hooked)
    assert await zendesk.pull() == []
    assert await zendesk.pull() == [b"early"]
    assert await zendesk.pull() == []
    assert await hooked.edge.metric('sealock_edge_webhook_deliveries_total{integration="guestbook",watched="no"}') == 1


async def test_a_hint_that_nobody_reads_goes_after_a_day(hooked, edge_clock):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a"]})
    edge_clock.move(hours=25)
    assert await zendesk.pull() == []


async def test_two_zendesk_accounts_that_watch_one_origin_account_both_get_each_hint(hooked):
    one, other = Zendesk(hooked), Zendesk(hooked, "account-2", subdomain="other")
    for each in (one, other):
        await each.pull()
    await hooked.webhook({PAGE: [b"a"]})
    assert await one.pull() == [b"a"]
    assert await one.pull() == []
    assert await other.pull(lost=True) == [b"a"]
    assert await other.pull() == [b"a"]
    assert await other.pull() == []


async def test_an_account_that_watches_another_origin_account_after_an_edit_gets_that_one_s_hints(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    zendesk.metadata = hooked.edge.metadata(connector_account=b"edited")
    finds(hooked, origin_account_key="page-2")
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"of the old one"], "page-2": [b"of the new one"]})
    assert await zendesk.pull() == [b"of the new one"]
    assert hooked.connector.seen("Pull")[-1].request.account == b"edited"


async def test_a_hint_that_came_under_an_old_key_is_offered_after_a_rotation(hooked, edge_clock):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a"]})
    add_key(hooked.edge.keys, edge_clock)
    hooked.edge.ring.refresh()
    assert await zendesk.pull() == [b"a"]
    assert await zendesk.pull() == []


async def test_a_hint_whose_key_is_gone_is_not_offered_and_does_not_wait_for_ever(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    keep, foreign = hooked.store.store.tell, []

    async def tell(watched, hints):
        foreign.extend(Hint(each.id, each.sealed[:-8]) for each in hints)
        return await keep(watched, foreign)

    hooked.store.store.tell = tell
    await hooked.webhook({PAGE: [b"a"]})
    assert await zendesk.pull() == []
    await zendesk.pull()
    assert await hooked.store.pulled(account_name(GUESTBOOK_ID, "account-1"), zendesk.metadata, zendesk.state) == ()
    assert await hooked.edge.metric('sealock_edge_hints_total{fate="lost",integration="guestbook"}') == 1


async def test_renewed_metadata_is_what_the_store_knows(hooked):
    zendesk = Zendesk(hooked)
    finds(hooked, account=b"renewed")
    await zendesk.pull()
    kept = await hooked.store.find(account_name(GUESTBOOK_ID, "account-1"))
    assert kept == zendesk.metadata
    assert hooked.edge.opened(kept).connector_account == b"renewed"


async def test_a_store_that_is_away_holds_no_pull_up_and_loses_no_hint(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a"]})
    hooked.store.is_away = True
    finds(hooked, resources=[resource()])
    assert await zendesk.pull() == []
    assert await hooked.edge.metric('sealock_edge_pulls_without_hints_total{integration="guestbook"}') == 1
    hooked.store.is_away = False
    assert await zendesk.pull() == [b"a"]


async def test_a_store_that_goes_away_during_a_pull_has_the_hint_offered_again(hooked):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    await hooked.webhook({PAGE: [b"a"]})

    def going(_request):
        hooked.store.is_away = True
        return PullResponse(origin_account_key=PAGE, state=b"x")

    finds(hooked, going)
    assert await zendesk.pull() == [b"a"]
    hooked.store.is_away = False
    finds(hooked, state=b"x")
    assert await zendesk.pull() == [b"a"]
    assert await zendesk.pull() == []


async def test_an_integration_without_webhooks_asks_the_store_nothing(connector, tmp_path, edge_clock):
    async with webhook_edge(connector, tmp_path, edge_clock) as hooked:
        connector.script("Describe", WITHOUT_WEBHOOKS)
        await hooked.edge.get("healthcheck")
        finds(hooked, state=b"x")
        zendesk = Zendesk(hooked)
        await zendesk.pull()
        state = zendesk.state
        await zendesk.pull()
        assert zendesk.state == state
        assert hooked.store.asked == []


@pytest.mark.parametrize("kind", ["destroy", "deactivate"])
@pytest.mark.parametrize("is_away", [False, True])
async def test_an_account_that_ends_is_forgotten_where_the_store_is_there(hooked, kind, is_away):
    zendesk = Zendesk(hooked)
    await zendesk.pull()
    hooked.store.is_away = is_away
    result = await send(hooked.edge, [event(f"{kind}_integration_instance", zendesk.metadata)])
    assert (result.status_code, result.json["events"]) == (200, 1)
    hooked.store.is_away = False
    assert (await hooked.store.find(account_name(GUESTBOOK_ID, "account-1")) is None) is not is_away
