# SPDX-License-Identifier: Apache-2.0
"""Entries of a guestbook become resources, each once; agents' replies stand in it, once, as answers."""

import json
from datetime import timedelta

import pytest

from sealock_connector import (
    AccountRevoked,
    ConnectorError,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_connector.testing import running
from sealock_origins.guestbook.connector import Guestbook
from sealock_origins.guestbook.site import _refusal
from tests.connector.answers.responses import answer
from tests.origins.guestbook.sites import NOON


async def test_an_entry_becomes_a_resource(site, connector, account):
    entry = site.sign("Hello, sea", author="Anna")
    page = await connector.pull(account)
    (resource,) = page.resources
    assert resource.external_id == f"{site.url}/entries/{entry.id}"
    assert resource.thread_id == resource.external_id
    assert resource.message == "Hello, sea"
    assert resource.created_at == NOON
    assert (resource.author.external_id, resource.author.name) == (f"{site.url}/authors/visitor-anna", "Anna")


async def test_answers_share_the_thread_of_the_first_entry(site, connector, account):
    root = site.sign("Hello")
    answer = site.sign("Hi", answer_to=root.id)
    site.sign("Ho", answer_to=answer.id)
    page = await connector.pull(account)
    assert {each.thread_id for each in page.resources} == {f"{site.url}/entries/{root.id}"}


async def test_nothing_new_brings_nothing(site, connector, account):
    site.sign("Hello")
    state = (await connector.pull(account)).state
    again = await connector.pull(account, state)
    assert again.ids == []
    assert not again.more


@pytest.mark.parametrize("page", [1, 2, 7])
async def test_every_entry_of_one_second_comes_once_in_pages_of_any_size(site, connector, account, page):
    for number in range(12):
        site.sign(f"entry {number}")
    first = await connector.pull_all(account, max_resources=page)
    for number in range(12, 20):
        site.sign(f"entry {number}")
    site.clock.forward(1)
    site.sign("entry 20")
    rest = await connector.pull_all(account, first.state, max_resources=page)
    assert [each.message for each in (*first.resources, *rest.resources)] == [f"entry {n}" for n in range(21)]


async def test_a_thousand_entries_of_one_second_come_once(site, connector, account):
    for number in range(1_000):
        site.sign(f"entry {number}")
    pulled = await connector.pull_all(account)
    assert len(set(pulled.ids)) == len(pulled.ids) == 1_000
    assert len(pulled.state) <= 3_700
    assert (await connector.pull(account, pulled.state)).ids == []


async def test_agents_replies_do_not_come_back(site, connector, account):
    root = site.sign("Hello")
    posted = await connector.channelback(account, "Welcome", parent_id=f"{site.url}/entries/{root.id}")
    site.sign("Thanks", answer_to=root.id)
    pulled = await connector.pull_all(account)
    assert posted.external_id not in pulled.ids
    assert [each.message for each in pulled.resources] == ["Hello", "Thanks"]


async def test_what_the_owner_writes_in_the_guestbook_itself_does_come(site, connector, account):
    site.entries.add(author="Team", author_id="owner", text="Welcome, all", by_owner=True)
    assert [each.message for each in (await connector.pull(account)).resources] == ["Welcome, all"]


async def test_the_same_state_brings_the_same_again(site, connector, account):
    site.sign("Hello")
    state = (await connector.pull(account)).state
    site.clock.forward(1)
    site.sign("Again")
    first, second = [await connector.pull(account, state) for _ in range(2)]
    assert first.ids == second.ids == [f"{site.url}/entries/2"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"token_revoked": True}, AccountRevoked),
        ({"fail": 9}, OriginUnavailable),
        ({"throttle": 9}, OriginThrottled),
    ],
)
async def test_a_failing_guestbook_fails_the_pull_for_what_it_is(site, connector, account, fault, error):
    for name, value in fault.items():
        setattr(site.faults, name, value)
    with pytest.raises(error):
        await connector.pull(account)


async def test_a_throttled_pull_says_how_long_to_wait(site, connector, account):
    site.faults.throttle = 1
    with pytest.raises(OriginThrottled) as refused:
        await connector.pull(account)
    assert refused.value.retry_after == timedelta(seconds=1)


async def test_a_site_that_is_down_is_unavailable(connector):
    with pytest.raises(OriginUnavailable):
        await connector.pull({"site": "http://127.0.0.1:9", "token": "x"})


async def test_an_entrys_link_is_its_page(site, connector):
    external_id = f"{site.url}/entries/7"
    assert await connector.clickthrough(external_id) == external_id
    with pytest.raises(NotFound):
        await connector.clickthrough("https://evil.example/")


async def test_the_token_is_in_no_error(site, connector, account, caplog):
    site.faults.fail = 9
    with pytest.raises(ConnectorError) as failed:
        await connector.pull(account)
    assert account["token"] not in f"{failed.value!r} {caplog.text}"


@pytest.fixture
def root(site):
    return site.sign("Hello")


def page_of(site, entry):
    return f"{site.url}/entries/{entry.id}"


def texts(site):
    return [entry.text for entry in site.owners()]


async def test_a_reply_stands_below_what_it_answers_as_it_was_written(site, connector, account, root):
    answer = site.sign("Anyone?", answer_to=root.id)
    message = "Yes, <b>we</b> are & stay\nhere ☼"
    posted = await connector.channelback(
        account, message, parent_id=page_of(site, answer), thread_id=page_of(site, root)
    )
    (entry,) = site.owners()
    assert posted.external_id == page_of(site, entry)
    assert (entry.text, entry.parent, entry.thread) == (message, answer.id, root.id)


async def test_a_reply_that_names_only_its_thread_answers_the_first_entry(site, connector, account, root):
    await connector.channelback(account, "Welcome", thread_id=page_of(site, root))
    assert [entry.parent for entry in site.owners()] == [root.id]


async def test_a_reply_whose_answer_was_lost_is_posted_once(site, connector, account, root):
    site.faults.lose_answers = 1
    with pytest.raises(OriginUnavailable):
        await connector.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    posted = await connector.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    assert [page_of(site, entry) for entry in site.owners()] == [posted.external_id]


async def test_a_reply_that_was_lost_on_the_way_there_is_posted_by_the_repeat(site, connector, account, root):
    site.faults.fail = 1
    with pytest.raises(OriginUnavailable):
        await connector.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    await connector.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    assert texts(site) == ["Welcome"]


async def test_two_replies_with_the_same_words_are_two(site, connector, account, root):
    for key in ("reply-1", "reply-2"):
        await connector.channelback(account, "Welcome", key=key, parent_id=page_of(site, root))
    assert texts(site) == ["Welcome", "Welcome"]


async def test_the_same_key_of_another_account_is_another_reply(site, connector, account, root):
    async with running(Guestbook(), account_id="another-account") as other:
        for each in (connector, other):
            await each.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    assert len({entry.mark for entry in site.owners()}) == 2


async def test_a_repeat_at_another_connector_finds_the_reply_by_its_mark(site, account, root, tmp_path):
    store = f"sqlite:{tmp_path / 'outbox.sqlite'}"
    site.faults.lose_answers = 1
    async with running(Guestbook(), store=store, settle_seconds=0.1) as first:
        with pytest.raises(OriginUnavailable):
            await first.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    async with running(Guestbook(), store=store, settle_seconds=0.1) as second:
        await second.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    assert texts(site) == ["Welcome"]


async def test_an_answered_entry_that_is_gone_is_not_found_in_a_sentence(site, connector, account, root):
    with pytest.raises(NotFound) as failed:
        await connector.channelback(account, "Welcome", parent_id=f"{site.url}/entries/99")
    assert failed.value.message_for_agent == "The entry to answer is no longer in the guestbook."
    connector.locale = "de-AT"
    with pytest.raises(NotFound) as failed:
        await connector.channelback(account, "Welcome", parent_id=f"{site.url}/entries/99")
    assert failed.value.message_for_agent.endswith("ist nicht mehr im Gästebuch.")


@pytest.mark.parametrize("parent", ["https://other.example/entries/1", "12", "https://other.example/"])
async def test_an_entry_of_another_site_is_not_answered(site, connector, account, parent):
    with pytest.raises(NotFound):
        await connector.channelback(account, "Welcome", parent_id=parent)
    assert texts(site) == []


async def test_a_reply_to_nothing_is_rejected(connector, account):
    with pytest.raises(MessageRejected):
        await connector.channelback(account, "Welcome")


async def test_a_too_long_reply_is_rejected_in_a_sentence_and_not_sent(site, connector, account, root):
    with pytest.raises(MessageRejected) as rejected:
        await connector.channelback(account, "x" * 5_001, parent_id=page_of(site, root))
    assert "5,000" in rejected.value.message_for_agent
    assert texts(site) == []


async def test_what_the_guestbook_refuses_is_told_in_its_words(site, connector, account, root):
    with pytest.raises(MessageRejected) as rejected:
        await connector.channelback(account, "bell \x07", parent_id=page_of(site, root))
    assert "characters that are not text" in rejected.value.message_for_agent


@pytest.mark.parametrize(
    ("fault", "error"), [({"token_revoked": True}, AccountRevoked), ({"throttle": 1}, OriginThrottled)]
)
async def test_a_refused_reply_can_be_tried_again(site, connector, account, root, fault, error):
    for name, value in fault.items():
        setattr(site.faults, name, value)
    with pytest.raises(error):
        await connector.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    site.faults.token_revoked = False
    await connector.channelback(account, "Welcome", key="reply-1", parent_id=page_of(site, root))
    assert texts(site) == ["Welcome"]


@pytest.mark.parametrize(("method", "kind"), [("POST", MessageRejected), ("GET", OriginUnavailable)])
def test_only_a_reply_is_refused_for_its_words(method, kind):
    said = {"error": "too long", "field": "text"}
    refused = answer(json.dumps(said).encode(), 422, {"content-type": "application/json"}, method=method)
    assert type(_refusal(refused, said)) is kind
