# SPDX-License-Identifier: Apache-2.0
"""Sites that do not answer as WordPress does: an error that says what to do, and nothing lost."""

from __future__ import annotations

import sys

import pytest

from sealock_connector import (
    AccountRevoked,
    InvalidRequest,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from sealock_origins.wordpress.position import Position
from tests.origins.wordpress.fake_site import (
    COMMENTS,
    HTML,
    ME,
    Answer,
    FakeSite,
    account_values,
    comment,
    listing,
    me,
    refusal,
)


@pytest.fixture
async def fake():
    async with FakeSite() as site:
        yield site


BAD_LISTS = [
    ("the home page", Answer(HTML), OriginUnavailable),
    ("a maintenance page", Answer(HTML, 503), OriginUnavailable),
    ("a firewall's page", Answer(HTML, 403), OriginUnavailable),
    ("a missing page", Answer(HTML, 404), OriginUnavailable),
    ("broken JSON", Answer("{", headers={"content-type": "application/json"}), OriginUnavailable),
    ("JSON that is no list", Answer({"comments": []}), OriginUnavailable),
    ("a list of nonsense", Answer([1, None], headers={"x-wp-total": "2"}), OriginUnavailable),
    ("JSON of brackets alone", Answer("[" * 100_000, headers={"content-type": "application/json"}), OriginUnavailable),
    ("a number without end", Answer("9" * 5_000, headers={"content-type": "application/json"}), OriginUnavailable),
    ("a redirect to itself", Answer("", 302, {"location": "/wp-json/wp/v2/comments"}), OriginUnavailable),
    ("nothing", Answer(status=None), OriginUnavailable),
    ("a refusal for load", Answer(HTML, 429, {"retry-after": "7"}), OriginThrottled),
    ("no such route", refusal(404, "rest_no_route"), OriginUnavailable),
    ("a refused parameter", refusal(400, "rest_invalid_param"), OriginUnavailable),
    ("a code that is none", Answer({"code": "<b>", "message": ""}, 400), OriginUnavailable),
]


@pytest.mark.parametrize(("answer", "error"), [case[1:] for case in BAD_LISTS], ids=[case[0] for case in BAD_LISTS])
async def test_a_list_that_is_not_wordpresss_fails_the_pull(fake, connector, answer, error):
    fake.answers = {COMMENTS: answer, ME: me()}
    with pytest.raises(error):
        await connector.pull(account_values(fake))


async def test_a_site_that_asks_for_fewer_calls_says_for_how_long(fake, connector):
    fake.answers = {COMMENTS: Answer(HTML, 429, {"retry-after": "7"})}
    with pytest.raises(OriginThrottled) as throttled:
        await connector.pull(account_values(fake))
    assert throttled.value.retry_after.total_seconds() == 7


NOBODY = refusal(401, "rest_not_logged_in")
LACKS = [
    ("the password is wrong", refusal(401, "rest_forbidden_param"), NOBODY, AccountRevoked),
    ("the password is called wrong", refusal(401, "incorrect_password"), NOBODY, AccountRevoked),
    ("the user lacks rights", refusal(403, "rest_forbidden_context"), me(capabilities={}), AccountRevoked),
    ("a plugin refuses comments", refusal(403, "plugin_says_no"), me(), OriginUnavailable),
    ("a plugin refuses everything", refusal(403, "plugin_says_no"), refusal(403, "plugin_says_no"), OriginUnavailable),
    ("a firewall hides the user", refusal(401, "rest_forbidden_param"), Answer(HTML, 403), OriginUnavailable),
]


@pytest.mark.parametrize(("answer", "who", "error"), [case[1:] for case in LACKS], ids=[case[0] for case in LACKS])
async def test_the_account_is_given_up_only_when_the_user_is_refused(fake, connector, answer, who, error):
    fake.answers = {COMMENTS: answer, ME: who}
    with pytest.raises(error):
        await connector.pull(account_values(fake))


async def test_a_comment_that_cannot_be_read_does_not_stop_the_others(fake, connector):
    broken = [{"id": 2}, comment(3, post=None), comment(4, author=[]), comment(5, parent="x"), None, {"id": "x"}]
    fake.answers = {COMMENTS: listing([comment(1), *broken, comment(6)])}
    page = await connector.pull(account_values(fake))
    assert page.ids == [f"{fake.url}/?p=1#comment-1", f"{fake.url}/?p=1#comment-6"]
    assert (await connector.pull(account_values(fake), page.state)).resources == ()


async def test_a_failure_after_the_first_page_keeps_that_page_and_goes_on_there(fake, connector):
    whole = listing([comment(number) for number in range(1, 251)])
    fake.answers = {COMMENTS: lambda query: Answer(HTML, 500) if int(query["offset"]) else whole(query)}
    page = await connector.pull(account_values(fake))
    assert len(page.resources) == 100
    assert isinstance(page.interruption, OriginUnavailable)
    fake.answers = {COMMENTS: whole}
    rest = await connector.pull_all(account_values(fake), page.state)
    assert len({*page.ids, *rest.ids}) == len(page.ids) + len(rest.ids) == 250


async def test_a_page_whose_comments_are_hidden_from_the_user_does_not_stop_the_rest(fake, connector):
    comments = [comment(number) for number in range(1, 401)]
    hidden = {comment["id"] for comment in comments[95:205]} | {250, 299, 300}

    def visible(query):
        shown = listing(comments)(query)
        return Answer([each for each in shown.body if each["id"] not in hidden], headers=shown.headers)

    fake.answers = {COMMENTS: visible}
    page = await connector.pull_all(account_values(fake))
    numbers = [int(each.rpartition("-")[2]) for each in page.ids]
    assert numbers == [number for number in range(1, 401) if number not in hidden]
    assert len(fake.asked) < 40


@pytest.mark.parametrize("text", ["x" * 200_000, "[" * 50_000, '{"":' * 20_000])
async def test_comments_that_are_too_much_for_one_answer_come_in_smaller_ones(fake, connector, text):
    large = [comment(number, content={"rendered": text}) for number in range(1, 41)]
    fake.answers = {COMMENTS: listing(large)}
    page = await connector.pull(account_values(fake))
    state, ids = page.state, list(page.ids)
    while page.more:
        page = await connector.pull(account_values(fake), state)
        state, ids = page.state, ids + page.ids
    assert ids == [f"{fake.url}/?p=1#comment-{number}" for number in range(1, 41)]


async def test_many_large_comments_that_waited_come_in_smaller_answers_too(fake, connector):
    waited = [comment(number, content={"rendered": "x" * 200_000}) for number in range(1, 41)]
    fake.answers = {COMMENTS: listing(waited)}
    position = Position(settled=100, rank=100, waiting=tuple(range(1, 41)))
    page = await connector.pull(account_values(fake), position.dump())
    assert len(page.ids) == 40 or page.more


ODD = [
    ("halves of a surrogate pair", {"content": {"rendered": "a\ud800b"}, "author_name": "\udfff"}),
    ("dates that no calendar has", {"date_gmt": "9999-12-31T23:59:59-23:59", "date": "2026-11-20T12:00:00"}),
    ("a picture of endless size", {"author_avatar_urls": {"9" * 5_000: "https://a.example/a.png"}}),
    ("a name of markup", {"author_name": "<b>" * 300_000}),
    ("entities without end", {"content": {"rendered": "&#" + "9" * 5_000}}),
    ("a post's address without end", {"_links": {"up": [{"href": "/wp/v2/" * 100_000}]}}),
]


@pytest.mark.parametrize("changes", [case[1] for case in ODD], ids=[case[0] for case in ODD])
async def test_a_comment_with_odd_values_comes_and_keeps_no_other_from_coming(fake, connector, changes):
    fake.answers = {COMMENTS: listing([comment(1, **changes), comment(2)])}
    page = await connector.pull(account_values(fake))
    assert page.ids == [f"{fake.url}/?p=1#comment-1", f"{fake.url}/?p=1#comment-2"]


async def test_a_comment_that_is_too_long_is_told_in_part_with_its_link(fake, connector):
    fake.answers = {COMMENTS: listing([comment(1, content={"rendered": "<blockquote>x" * 100_000})])}
    [told] = (await connector.pull(account_values(fake))).resources
    assert told.message.endswith(f"[This comment was cut. All of it: {fake.url}/?p=1#comment-1]")
    assert told.html_message == ""


async def test_a_comment_whose_markup_cannot_be_worked_on_is_told_in_part_too(fake, connector, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/program")
    fake.answers = {COMMENTS: listing([comment(1, content={"rendered": "<b>x" * 10_000}), comment(2)])}
    first, second = (await connector.pull(account_values(fake))).resources
    assert first.message.startswith("xxx")
    assert first.message.endswith("#comment-1]")
    assert second.message == "Comment 2"


async def test_a_thread_of_a_thousand_levels_takes_few_requests(fake, connector):
    chain = [comment(number, parent=number - 1) for number in range(1, 1001)]
    fake.answers = {COMMENTS: listing(chain)}
    page = await connector.pull(account_values(fake), Position(settled=999, rank=999).dump())
    assert [each.thread_id for each in page.resources] == [f"{fake.url}/?p=1#comment-1"]
    assert len(fake.asked) < 40


async def test_a_thread_without_an_end_does_not_hold_a_pull_forever(fake, connector):
    endless = comment(10**6, parent=10**6 - 1)

    def made_up(query):
        if "include" not in query:
            return listing([endless] if "post" not in query else [])(query)
        return listing([comment(int(query["include"]), parent=int(query["include"]) - 1)])(query)

    fake.answers = {COMMENTS: made_up}
    page = await connector.pull(account_values(fake))
    assert page.ids == [f"{fake.url}/?p=1#comment-{10**6}"]


async def test_a_slow_site_does_not_hold_a_pull_beyond_its_time(fake, connector):
    fake.answers = {COMMENTS: Answer(HTML, seconds=30)}
    with pytest.raises(OriginUnavailable):
        await connector.pull(account_values(fake), seconds=2)


@pytest.mark.parametrize("state", [b"nonsense", b'{"since": 1}'])
async def test_a_state_of_another_connector_is_refused(fake, connector, state):
    with pytest.raises(InvalidRequest):
        await connector.pull(account_values(fake), state)


async def test_an_account_that_lacks_something_is_refused_by_name(fake, connector):
    with pytest.raises(InvalidRequest):
        await connector.pull({"site": fake.url})
    assert fake.asked == []


PARENT = "GET /wp-json/wp/v2/comments/7"
POST = "POST /wp-json/wp/v2/comments"
BAD_POSTS = [
    ("HTML", Answer(HTML), OriginUnavailable),
    ("a redirect", Answer("", 301, {"location": "/elsewhere"}), OriginUnavailable),
    ("an error page", Answer(HTML, 500), OriginUnavailable),
    ("WordPress's own error", refusal(500, "rest_comment_failed_create"), OriginUnavailable),
    ("a comment that cannot be read", Answer({"id": "x"}, 201), OriginUnavailable),
    ("the post is gone", refusal(403, "rest_comment_invalid_post_id"), MessageRejected),
    ("a plugin's sentence", refusal(400, "bad_words"), MessageRejected),
    ("a plugin's sentence with 403", refusal(403, "bad_words"), MessageRejected),
]


@pytest.mark.parametrize(("answer", "error"), [case[1:] for case in BAD_POSTS], ids=[case[0] for case in BAD_POSTS])
async def test_a_reply_whose_answer_is_not_wordpresss_is_told_apart_from_a_refusal(fake, connector, answer, error):
    fake.answers = {PARENT: Answer(comment(7)), POST: answer, ME: me()}
    with pytest.raises(error) as failed:
        await connector.channelback(account_values(fake), "Hello", parent_id=f"{fake.url}/?p=1#comment-7")
    assert sum(asked.startswith("POST") for asked in fake.asked) == 1
    assert "GET /elsewhere" not in fake.asked
    if "bad_words" in str(answer.body):
        assert failed.value.message_for_agent == "WordPress refuses this: Sorry — bad_words."


async def test_a_reply_of_too_many_bytes_is_refused_before_anything_is_sent(fake, connector):
    with pytest.raises(MessageRejected):
        await connector.channelback(account_values(fake), "é" * 32_763, parent_id=f"{fake.url}/?p=1#comment-7")
    assert fake.asked == []


async def test_a_reply_to_a_comment_that_is_gone_is_not_found(fake, connector):
    fake.answers = {PARENT: refusal(404, "rest_comment_invalid_id")}
    with pytest.raises(NotFound):
        await connector.channelback(account_values(fake), "Hello", parent_id=f"{fake.url}/?p=1#comment-7")


async def test_no_secret_of_an_account_is_logged_or_told(fake, connector, caplog):
    caplog.set_level(0)
    fake.answers = {COMMENTS: refusal(401, "incorrect_password"), ME: NOBODY}
    with pytest.raises(AccountRevoked) as failed:
        await connector.pull(account_values(fake))
    assert "canary-password" not in caplog.text + repr(failed.value) + str(failed.value.__cause__)
