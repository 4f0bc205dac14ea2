# SPDX-License-Identifier: Apache-2.0
"""A reply whose answer was lost is known at a real WordPress without its mark, and never another one for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sealock_connector import MessageRejected, OriginUnavailable
from sealock_devkit.emulators.wordpress import FaultyProxy, NewComment
from sealock_origins.wordpress.replies.words import Kept, forms, kept

BLANKED = """
add_filter('rest_preprocess_comment', fn ($comment) => ['comment_agent' => ''] + $comment, 99);
add_filter('duplicate_comment_id', '__return_zero');
"""
SIGNED = "add_filter('pre_comment_content', fn ($text) => str_replace('lock', '****', $text) . ' <i>-- us</i>');"
UTF8 = "add_filter('pre_get_col_charset', fn ($set, $table) => $table === 'wp_comments' ? 'utf8' : $set, 10, 2);"
CUT_AT_EMOJI = (
    "add_filter('pre_comment_content', fn ($text) => preg_replace('/[\\x{10000}-\\x{10FFFF}].*/su', '', $text));"
)
ANSWER = "The lock is open from ten to four on Sundays."


@pytest.fixture
async def post(plain):
    return await plain.add_post("Questions")


async def until_posted(connector, account, message, thread):
    for _ in range(8):
        try:
            return await connector.channelback(account, message, key="key", thread_id=thread)
        except OriginUnavailable:
            continue
    raise AssertionError("the reply was not posted")


@pytest.mark.wordpress
@pytest.mark.parametrize("php", [BLANKED, BLANKED + SIGNED], ids=["blanked", "blanked and changed"])
async def test_a_reply_without_its_mark_is_found_by_its_words(wordpress, plain, post, connector, account_at, php):
    async with FaultyProxy(plain.url) as proxy:
        account, _ = await account_at(plain, url=proxy.url)
        root = await plain.write_comment(post, "First")
        with wordpress.plugin(php):
            proxy.lose_next = 1
            posted = await until_posted(connector, account, ANSWER, f"{proxy.url}/?p={post}#comment-{root}")
    [reply] = [comment for comment in await plain.comments() if comment.user_id]
    assert posted.external_id == f"{proxy.url}/?p={post}#comment-{reply.id}"


@pytest.mark.wordpress
async def test_an_earlier_reply_of_the_same_words_is_not_taken_for_the_lost_one(
    wordpress, plain, post, connector, account_at
):
    async with FaultyProxy(plain.url) as proxy:
        account, _ = await account_at(plain, url=proxy.url)
        root = await plain.write_comment(post, "First")
        earlier = NewComment(
            post,
            ANSWER,
            datetime.now(UTC) - timedelta(minutes=30),
            parent=root,
            user_id=plain.users["agent"].id,
            user_agent="",
        )
        [number] = await plain.add_comments([earlier])
        with wordpress.plugin(BLANKED):
            plain.stop()
            with pytest.raises(OriginUnavailable):
                await connector.channelback(
                    account, ANSWER, key="key", thread_id=f"{proxy.url}/?p={post}#comment-{root}"
                )
            plain.start()
            posted = await until_posted(connector, account, ANSWER, f"{proxy.url}/?p={post}#comment-{root}")
    assert not posted.external_id.endswith(f"-{number}")
    assert len([comment for comment in await plain.comments() if comment.user_id]) == 2


@pytest.mark.wordpress
async def test_emoji_that_the_database_cannot_keep_are_stored_as_references(
    wordpress, plain, post, connector, account_at
):
    account, _ = await account_at(plain)
    root = await plain.write_comment(post, "First")
    with wordpress.plugin(UTF8):
        await connector.channelback(account, "Quack 🦆 é!", thread_id=f"{plain.url}/?p={post}#comment-{root}")
    assert (await plain.comments())[-1].content == "Quack &#129414; é!"


@pytest.mark.wordpress
async def test_a_text_that_is_cut_at_an_emoji_is_written_again_whole(wordpress, plain, post, connector, account_at):
    account, _ = await account_at(plain)
    root = await plain.write_comment(post, "First")
    with wordpress.plugin(CUT_AT_EMOJI):
        await connector.channelback(account, "Quack 🦆 and hello", thread_id=f"{plain.url}/?p={post}#comment-{root}")
    assert (await plain.comments())[-1].content == "Quack &#129414; and hello"


@pytest.mark.wordpress
@pytest.mark.parametrize("status", ["future", "draft"])
async def test_a_reply_below_a_post_that_nobody_reads_is_refused(wordpress, plain, post, connector, account_at, status):
    account, _ = await account_at(plain)
    root = await plain.write_comment(post, "First")
    change = f"$wpdb->update($wpdb->posts, ['post_status' => '{status}'], ['ID' => {post}]); clean_post_cache({post});"
    php = "add_action('init', function () { global $wpdb; " + change + " });"
    with wordpress.plugin(php), pytest.raises(MessageRejected, match="not published"):
        await connector.channelback(account, "Look", thread_id=f"{plain.url}/?p={post}#comment-{root}")


TEXTS = [
    ("Open at ten.", "Open at ten.", Kept.WHOLE),
    ("Open &amp; free", "<p>Open &#038; free</p>", Kept.WHOLE),
    ("Open at ten.", "Open at ten. -- sent by us", Kept.WHOLE),
    ("“Open” at ten…", '"Open" at ten...', Kept.WHOLE),
    ("a b c d e f g h i j", "a b c d **** f g h i j", Kept.WHOLE),
    ("Your order 123 is on its way to you now", "Your order 124 is on its way to you now", Kept.CHANGED),
    ("Open at ten 🦆 on Sundays", "Open at ten ? on Sundays", Kept.MARKS_LOST),
    ("Open at ten 🦆 on Sundays", "Open at ten ", Kept.MARKS_LOST),
    ("🦆🦆", "????????", Kept.MARKS_LOST),
    ("Open at ten on Sundays", "Open at", Kept.CUT),
    ("Open at ten", "Removed.", Kept.REPLACED),
    ("Open at ten", "", Kept.REPLACED),
]


@pytest.mark.parametrize(("sent", "stored", "expected"), TEXTS)
def test_what_was_stored_is_compared_by_its_words(sent, stored, expected):
    assert kept(sent, stored) is expected


def test_a_text_has_forms_for_databases_of_fewer_characters():
    assert list(forms("Quack 🦆 é")) == ["Quack 🦆 é", "Quack &#129414; é", "Quack &#129414; &#233;"]
    assert list(forms("Quack")) == ["Quack"]
