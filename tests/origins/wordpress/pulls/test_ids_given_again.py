# SPDX-License-Identifier: Apache-2.0
"""Sites that give out ids of comments again: nothing new is missed, nothing comes twice, no reply goes astray."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sealock_connector import NotFound
from sealock_devkit.emulators.wordpress import NewComment
from sealock_origins.wordpress.comments import Mark
from sealock_origins.wordpress.ids import CommentId, GivenAgain
from sealock_origins.wordpress.position import WINDOW, Position
from tests.origins.wordpress.fake_site import COMMENTS, FakeSite, account_values, comment, listing
from tests.origins.wordpress.pulls.pulled import Pulls

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RESTARTS = """
add_action('init', function () {
    global $wpdb;
    $wpdb->query("ALTER TABLE {$wpdb->comments} AUTO_INCREMENT = 1");
});
"""
"""What an old MySQL does when it starts: the next id is the one after the highest that is there."""


def written(post, texts, *, hours=0, name="Ada", **differences):
    """Comments of one author, a second apart."""
    begin = NOON + timedelta(hours=hours)
    return [
        NewComment(post, text, begin + timedelta(seconds=number), author_name=name, **differences)
        for number, text in enumerate(texts)
    ]


@pytest.mark.wordpress
@pytest.mark.parametrize("lost", [1, 20, WINDOW, WINDOW + 25, 150], ids=lambda lost: f"the newest {lost}")
@pytest.mark.parametrize("name", ["Ada", "Ben"], ids=["the same author", "another author"])
async def test_new_comments_with_ids_of_comments_that_are_gone_come_once(
    wordpress, plain, connector, account_at, lost, name
):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Restored")
    old = await plain.add_comments(written(post, [f"old {number}" for number in range(150)]))
    assert await pulls.texts() == [f"old {number}" for number in range(150)]
    await plain.delete(*old[150 - lost :])
    with wordpress.plugin(RESTARTS):
        assert await plain.page(plain.url)
        new = await plain.add_comments(written(post, ["new 1", "new 2"], hours=1, name=name))
    assert new[0] <= old[150 - lost], "the site gives the id again"
    assert await pulls.texts() == ["new 1", "new 2"]
    assert await pulls.texts() == []
    assert await plain.add_comments(written(post, ["new 3"], hours=2, name=name))
    assert await pulls.texts() == ["new 3"]
    assert len(set(pulls.ids)) == 153


@pytest.mark.wordpress
async def test_as_many_new_comments_as_were_lost_come_although_the_highest_id_did_not_fall(
    wordpress, plain, connector, account_at
):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Restored, and busy")
    old = await plain.add_comments(written(post, map(str, range(250))))
    await pulls.texts()
    await plain.delete(*old[50:])
    with wordpress.plugin(RESTARTS):
        assert await plain.page(plain.url)
        new = await plain.add_comments(written(post, [f"new {number}" for number in range(220)], hours=3))
    assert new[0] == old[50]
    assert await pulls.texts() == [f"new {number}" for number in range(220)]
    assert len(set(pulls.ids)) == 470
    assert await pulls.texts() == []


@pytest.mark.wordpress
async def test_the_threads_of_comments_with_the_same_number_stay_apart(wordpress, plain, connector, account_at):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Restored")
    first, gone = await plain.add_comments(written(post, ["first", "gone"]))
    await pulls.texts()
    old = pulls.resources[-1]
    await plain.delete(gone)
    with wordpress.plugin(RESTARTS):
        assert await plain.page(plain.url)
        [again] = await plain.add_comments(written(post, ["somebody else's"], hours=1, name="Ben"))
    await pulls.texts()
    new = pulls.resources[-1]
    await plain.add_comments(written(post, ["an answer"], hours=2, parent=again))
    await pulls.texts()
    answer = pulls.resources[-1]
    assert again == gone
    assert new.thread_id == new.external_id != old.external_id
    assert answer.thread_id == new.thread_id
    assert await connector.clickthrough(new.external_id) == old.external_id
    with pytest.raises(NotFound) as refused:
        await connector.channelback(pulls.account, "To the one who is gone", parent_id=old.external_id)
    assert "no longer" in refused.value.message_for_agent
    posted = await connector.channelback(pulls.account, "To the one who is there", parent_id=new.external_id)
    assert [each.parent for each in await plain.comments()][-1] == again
    assert posted.external_id not in pulls.ids
    assert await pulls.texts() == []
    assert first


@pytest.mark.wordpress
async def test_comments_that_only_went_to_the_trash_for_a_while_do_not_come_twice(plain, connector, account_at):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Cleaned up too well")
    ids = await plain.add_comments(written(post, map(str, range(WINDOW + 30))))
    await pulls.texts()
    for each in ids[5:]:
        await plain.set_status(each, "trash")
    assert await pulls.texts() == []
    for each in ids[5:]:
        await plain.set_status(each, "approve")
    assert await pulls.texts() == []
    await plain.write_comment(post, "After all")
    assert await pulls.texts() == ["After all"]


@pytest.fixture
async def fake():
    async with FakeSite() as site:
        yield site


def at(hours, number, **changes):
    """A comment that was written so many hours after noon."""
    return comment(number, date_gmt=f"{NOON + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}", **changes)


SAME = [
    ("its author's name was taken out on demand", {"author_name": "Anonymous", "author_email": ""}),
    ("a moderator wrote its author's name better", {"author_name": "Ada L."}),
    ("a moderator gave it an earlier date", {"date_gmt": "2026-11-19T12:00:00"}),
    ("its date is not told any more", {"date_gmt": None}),
    ("it was moved to another post", {"post": 7}),
    ("it was moved below another comment", {"parent": 1}),
    ("what it says was changed", {"content": {"rendered": "<p>Otherwise</p>"}}),
    ("only its kind of user agent changed", {"author_user_agent": ""}),
]


@pytest.mark.parametrize("changes", [case[1] for case in SAME], ids=[case[0] for case in SAME])
async def test_a_comment_that_was_changed_does_not_come_again(fake, connector, changes):
    pulls = Pulls(connector, account_values(fake))
    fake.answers = {COMMENTS: listing([at(0, 1), at(1, 2), at(2, 3)])}
    assert len(await pulls.texts()) == 3
    fake.answers = {COMMENTS: listing([at(0, 1), {**at(1, 2), **changes}, at(2, 3)])}
    assert await pulls.texts() == []


async def test_an_answer_that_a_cache_kept_makes_nothing_come_twice(fake, connector):
    pulls = Pulls(connector, account_values(fake))
    comments = [at(number / 10, number) for number in range(1, 301)]
    fake.answers = {COMMENTS: listing(comments)}
    assert len(await pulls.texts()) == 300
    for kept in (120, 0, 300, 299, 10):
        fake.answers = {COMMENTS: listing(comments[:kept])}
        assert await pulls.texts() == []
    comments.append(at(31, 301))
    fake.answers = {COMMENTS: listing(comments)}
    assert await pulls.texts() == ["Comment 301"]
    assert len(set(pulls.ids)) == 301


async def test_a_comment_of_the_far_future_does_not_hide_new_ones_and_comes_once(fake, connector):
    pulls = Pulls(connector, account_values(fake))
    comments = [at(number, number) for number in range(1, 91)]
    comments[20] = at(24 * 365 * 30, 21)
    fake.answers = {COMMENTS: listing(comments)}
    assert len(await pulls.texts()) == 90
    comments.append(at(91, 91))
    fake.answers = {COMMENTS: listing(comments)}
    assert await pulls.texts() == ["Comment 91"]
    # The newest are lost, and one is written anew with a number that was known.
    fake.answers = {
        COMMENTS: listing([*comments[:80], at(100, 81, author_name="Ben", author_email="ben@example.test")])
    }
    assert await pulls.texts() == ["Comment 81"]
    assert len(set(pulls.ids)) == 92


async def test_an_administrators_edit_that_crossed_a_pull_does_not_mix_up_the_ids(fake, connector):
    pulls = Pulls(connector, account_values(fake))
    fake.answers = {COMMENTS: listing([at(1, 1), at(2, 2)])}
    await pulls.texts()
    fake.answers = {COMMENTS: listing([at(1, 1), at(3, 2)])}
    assert await pulls.texts() == ["Comment 2"]
    known = pulls.account["given_again"]
    assert known
    pulls.account = account_values(fake)
    fake.answers = {COMMENTS: listing([at(1, 1), at(3, 2), at(4, 3, parent=2)])}
    assert await pulls.texts() == ["Comment 3"]
    assert pulls.account["given_again"] == known
    assert pulls.resources[-1].thread_id == pulls.resources[-2].external_id


def test_an_id_that_is_told_apart_by_its_date_is_read_back_and_leads_to_the_comment():
    longest = CommentId("https://example.com/" + "a" * 170, 2**64 - 1, 2**64 - 1, 253_402_300_799)
    assert len(str(longest)) <= 255
    assert CommentId.read(str(longest)) == longest
    assert longest.link == str(CommentId(longest.site, longest.post, longest.comment))


def test_ids_may_be_given_out_again_any_number_of_times():
    times = GivenAgain()
    for number in range(1, 30):
        times = times.and_then(up_to=100 + number, after=number * 1_000)
    assert GivenAgain.read(times.as_text()) == times
    assert len(times.as_text()) < 300
    assert times.has(50, 1_001)
    assert not times.has(50, 999)
    assert not times.has(130, 10**9)


@pytest.mark.parametrize("text", ["x", "1", "1@", "@1", "1@2,3@4", "1@2 ", " 1@2", None, 1, "9" * 30 + "@1"])
def test_what_does_not_say_which_ids_were_given_again_is_refused(text):
    with pytest.raises(ValueError, match="given out again"):
        GivenAgain.read(text)


def test_a_position_keeps_what_the_newest_comments_are_known_by():
    position = Position()
    for number in range(1, 200):
        position = position.with_seen(number, Mark(1_764_000_000 + number, number % 256, 7))
    position = position.back_to(180, rank=179, before=1_764_000_100)
    kept = Position.load(position.dump())
    assert kept == position
    assert len(kept.marks) == len(kept.seen) == WINDOW - 20


def test_a_state_of_the_form_before_is_understood():
    assert Position.load(b"[7,5,[1,2],[3]]") == Position(settled=7, rank=5, seen=(8, 10), waiting=(3,))
