# SPDX-License-Identifier: Apache-2.0
"""Lists that are too much for us or for the site, or that plug-ins cut: every comment comes, or a note in its place."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from sealock_connector import Cause, OriginUnavailable
from sealock_devkit.emulators.wordpress import NewComment
from tests.origins.wordpress.fake_site import COMMENTS, HTML, Answer, FakeSite, account_values, comment, listing
from tests.origins.wordpress.pulls.pulled import Pulls

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
wordpress_is_real = pytest.mark.wordpress


def comments(post, count, text="Comment", **differences):
    return [NewComment(post, f"{text} {number}", NOON, **differences) for number in range(count)]


@wordpress_is_real
async def test_comments_that_wait_cost_the_others_nothing_however_large_they_are(plain, connector, account_at):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Flooded")
    flood = await plain.add_comments(comments(post, 60, "ж" * 32_700, status="hold"))
    await plain.write_comment(post, "And a question")
    assert await pulls.texts() == ["And a question"]
    assert await pulls.texts() == []
    await plain.set_status(flood[7], "approve")
    [text] = await pulls.texts()
    assert text == "ж" * 32_700 + " 7"


@wordpress_is_real
async def test_as_many_large_comments_as_anybody_may_write_come_one_by_one_if_need_be(plain, connector, account_at):
    pulls = Pulls(connector, *await account_at(plain, moderation="waiting"))
    post = await plain.add_post("Flooded")
    await plain.add_comments(comments(post, 27, "ж" * 32_700, status="hold"))
    await plain.add_comments(comments(post, 27, "я" * 32_700))
    assert len(await pulls.texts()) == 54
    assert await pulls.texts() == []


BROKEN = """
add_filter('comment_text', function ($text, $comment = null) {
    if (strpos($text, 'breaks PHP') !== false) { %s }
    return $text;
}, 100, 2);
"""
DEEDS = [
    ("makes PHP fail", "trigger_error('no memory', E_USER_ERROR);"),
    ("makes WordPress die", "wp_die('Critical', '', ['response' => 500]);"),
    ("leaves a white page", "while (ob_get_level()) { ob_end_clean(); } http_response_code(200); exit;"),
    ("becomes endlessly long", "return str_repeat('<p>x</p>', 300000);"),
]


@wordpress_is_real
@pytest.mark.parametrize("php", [deed[1] for deed in DEEDS], ids=[deed[0] for deed in DEEDS])
async def test_a_comment_that_cannot_be_had_is_a_note_with_its_link(wordpress, plain, connector, account_at, php):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Broken")
    ids = await plain.add_comments([*comments(post, 3), *comments(post, 1, "It breaks PHP:"), *comments(post, 3)])
    with wordpress.plugin(BROKEN % php):
        await pulls.new()
    assert [each.external_id for each in pulls.resources] == [f"{plain.url}/?p={post}#comment-{each}" for each in ids]
    [note] = [each for each in pulls.resources if each.internal_note]
    assert note is pulls.resources[3]
    assert note.external_id in note.message
    assert note.author.name == "Ada"
    assert await pulls.texts() == []


@wordpress_is_real
async def test_a_site_that_can_show_no_comment_at_all_is_waited_for(wordpress, plain, connector, account_at, caplog):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Broken")
    await plain.add_comments(comments(post, 5, "It breaks PHP:"))
    with wordpress.plugin(BROKEN % DEEDS[0][1]), pytest.raises(OriginUnavailable):
        await pulls.new()
    assert len(await pulls.texts()) == 5


LIMITS = [
    ("may be asked for ten at most", "$args['per_page']['maximum'] = 10;", "comment_collection_params"),
    ("gives seven, whatever it is asked for", "$args['number'] = min(7, $args['number'] ?: 7);", "comment_query"),
    ("gives one at a time", "$args['number'] = min(1, $args['number'] ?: 1);", "comment_query"),
    (
        "has no memory for more than five",
        "if ($args['number'] > 5) { trigger_error('memory', E_USER_ERROR); }",
        "comment_query",
    ),
    (
        "leaves a white page for more than five",
        "if ($args['number'] > 5) { while (ob_get_level()) { ob_end_clean(); } exit; }",
        "comment_query",
    ),
]


@wordpress_is_real
@pytest.mark.parametrize(("php", "hook"), [limit[1:] for limit in LIMITS], ids=[limit[0] for limit in LIMITS])
async def test_a_list_of_which_a_plug_in_gives_less_is_whole(wordpress, plain, connector, account_at, php, hook):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Capped")
    await plain.add_comments(comments(post, 30))
    first, *_ = await plain.add_comments(comments(post, 1, "First"))
    await plain.add_comments(comments(post, 5, "Answer", parent=first))
    plugin = f"add_filter('rest_{hook}', function ($args) {{ {php} return $args; }});"
    with wordpress.plugin(plugin):
        assert len(await pulls.texts()) == 36
        assert {each.thread_id for each in pulls.resources[31:]} == {pulls.ids[30]}
        assert {each.fields["subject"] for each in pulls.resources} == {"Re: Capped"}
        await plain.add_comments(comments(post, 1, "One more"))
        assert await pulls.texts() == ["One more 0"]


@pytest.fixture
async def fake():
    async with FakeSite() as site:
        yield site


def changed(site, change):
    """The site's lists, changed by a function of the query and the answer."""
    return lambda query: change(query, site(query))


NUMBERS = [
    ("missing", lambda query, said: {}),
    ("of a list without end", lambda query, said: {"x-wp-total": "9" * 5_000}),
    ("what a cache kept from the first day", lambda query, said: {"x-wp-total": "3"}),
    ("zero", lambda query, said: {"x-wp-total": "0"}),
    ("too large by far", lambda query, said: {"x-wp-total": "100000"}),
    ("no number", lambda query, said: {"x-wp-total": "<b>12</b>"}),
    ("said twice", lambda query, said: {"x-wp-total": f"{said}, {said}"}),
]


@pytest.mark.parametrize("headers", [number[1] for number in NUMBERS], ids=[number[0] for number in NUMBERS])
async def test_the_number_of_comments_may_be(fake, connector, headers):
    pulls = Pulls(connector, account_values(fake))

    def change(query, answer):
        return Answer(answer.body, headers=headers(query, answer.headers["x-wp-total"]))

    everything = [comment(number) for number in range(1, 334)]
    fake.answers = {COMMENTS: changed(listing(everything), change)}
    assert len(await pulls.texts()) == 333
    asked = len(fake.asked)
    everything.append(comment(334))
    assert await pulls.texts() == ["Comment 334"]
    assert len(fake.asked) < asked + 6


async def test_a_site_whose_every_part_of_the_list_is_the_first_says_so(fake, connector):
    first = listing([comment(number) for number in range(1, 301)])
    fake.answers = {COMMENTS: lambda query: first({**query, "offset": "0"})}
    page = await connector.pull(account_values(fake))
    assert len(page.resources) == 100
    assert page.interruption.cause is Cause.UNREADABLE
    assert len(fake.asked) < 5


async def test_a_list_with_gaps_is_an_object_to_php_and_a_list_to_us(fake, connector):
    whole = listing([comment(number) for number in range(1, 6)])

    def with_gaps(query, answer):
        return Answer({str(number * 2): each for number, each in enumerate(answer.body)}, headers=answer.headers)

    fake.answers = {COMMENTS: changed(whole, with_gaps)}
    assert len((await connector.pull(account_values(fake))).resources) == 5


@pytest.mark.parametrize("broken", [{5}, {1}, {40}, {7, 8, 9}], ids=str)
async def test_a_comment_that_breaks_the_list_keeps_back_no_other(fake, connector, caplog, broken):
    """Not even where it breaks it with the fewest fields."""
    caplog.set_level(logging.WARNING)
    whole = listing([comment(number) for number in range(1, 41)])

    def fails(query, answer):
        return Answer(HTML, 500) if broken & {each["id"] for each in answer.body} else answer

    fake.answers = {COMMENTS: changed(whole, fails)}
    pulls = Pulls(connector, account_values(fake))
    await pulls.new()
    came = [int(each.rpartition("-")[2]) for each in pulls.ids]
    assert came == [number for number in range(1, 41) if number not in broken]
    assert "cannot list" in caplog.text


async def test_a_comment_that_comes_with_few_fields_only_comes_with_those(fake, connector):
    whole = listing([comment(number, author_name=f"Writer {number}") for number in range(1, 21)])

    def fails(query, answer):
        all_fields = "author_name" in query.get("_fields", "")
        return Answer(HTML, 500) if all_fields and 13 in {each["id"] for each in answer.body} else answer

    fake.answers = {COMMENTS: changed(whole, fails)}
    pulls = Pulls(connector, account_values(fake))
    assert len(await pulls.texts()) == 20


async def test_what_is_not_new_is_not_asked_for_again(fake, connector):
    def as_wordpress_does(query, answer):
        fields = query["_fields"].split(",")
        return Answer(
            [{name: each[name] for name in fields if name in each} for each in answer.body], headers=answer.headers
        )

    everything = [comment(number) for number in range(1, 51)]
    fake.answers = {COMMENTS: changed(listing(everything), as_wordpress_does)}
    pulls = Pulls(connector, account_values(fake))
    assert len(await pulls.texts()) == 50
    fake.asked.clear()
    assert await pulls.texts() == []
    [light] = [each for each in fake.asked if each.startswith(COMMENTS)]
    assert "content" not in light
    fake.asked.clear()
    everything.append(comment(51))
    assert await pulls.texts() == ["Comment 51"]
    light, whole = [each for each in fake.asked if each.startswith(COMMENTS)]
    assert "content" not in light
    assert "include=51&" in whole
