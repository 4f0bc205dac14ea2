# SPDX-License-Identifier: Apache-2.0
"""What goes with a comment may be missing or odd: the comment comes all the same, once, from the right person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sealock_devkit.emulators.wordpress import NewComment
from tests.origins.wordpress.fake_site import (
    COMMENTS,
    HTML,
    Answer,
    FakeSite,
    account_values,
    comment,
    listing,
    refusal,
)
from tests.origins.wordpress.pulls.pulled import Pulls

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
POSTS = "GET /wp-json/wp/v2/posts"
UP = {"up": [{"href": "https://elsewhere.example/wp-json/wp/v2/posts/1"}]}


@pytest.fixture
async def fake():
    async with FakeSite() as site:
        yield site


NO_TITLES = [
    ("are refused", refusal(403, "rest_forbidden")),
    ("have no route", refusal(404, "rest_no_route")),
    ("are behind a firewall", Answer(HTML, 403)),
    ("break PHP", Answer(HTML, 500)),
    ("are a white page", Answer("")),
    ("are too many", Answer(HTML, 429, {"retry-after": "60"})),
    ("lose the connection", Answer(status=None)),
    ("are no list", Answer({"posts": []})),
    ("are others", Answer([{"id": 99, "title": {"rendered": "Else"}}])),
    ("lack titles", Answer([{"id": 1}])),
    ("are numbers", Answer([1, 2])),
    ("are endless", Answer([{"id": 1, "title": {"rendered": "x" * 3_000_000}}])),
]


@pytest.mark.parametrize("answer", [case[1] for case in NO_TITLES], ids=[case[0] for case in NO_TITLES])
async def test_comments_come_where_posts(fake, connector, answer, caplog):
    fake.answers = {COMMENTS: listing([comment(1, _links=UP), comment(2, _links=UP)]), POSTS: answer}
    pulls = Pulls(connector, account_values(fake))
    assert await pulls.texts() == ["Comment 1", "Comment 2"]
    assert {each.fields["subject"] for each in pulls.resources} == {f"Comment at {fake.url}"[:150]}
    assert caplog.text.count("come without their title") <= 1
    assert await pulls.texts() == []


def told_as(php):
    """A plug-in that changes what the REST API tells of a comment: `$d`, asked for by `$q`."""
    change = f"$d = $r->get_data(); {php} $r->set_data($d); return $r;"
    return f"add_filter('rest_prepare_comment', function ($r, $c, $q) {{ {change} }}, 10, 3);"


IN_THE_WAY = """
add_filter('rest_pre_dispatch', function ($r, $s, $q) {
    return strpos($q->get_route(), '/wp/v2/posts') === 0 ? new WP_Error('no', 'No', ['status' => 403]) : $r;
}, 10, 3);
"""
NO_ROUTE = """
add_filter('register_post_type_args', function ($args, $type) {
    return $type === 'post' ? ['show_in_rest' => false] + $args : $args;
}, 10, 2);
"""
NO_LINKS = "foreach ($r->get_links() as $name => $_) { $r->remove_link($name); }"
AS_TEXT = "foreach (['id', 'post', 'parent', 'author'] as $n) { if (isset($d[$n])) { $d[$n] = (string) $d[$n]; } }"
STATUS = "if (($d['status'] ?? '') === 'approved') { $d['status'] = '1'; }"
HIDDEN = [
    ("posts are refused", IN_THE_WAY),
    ("posts are not in the REST API", NO_ROUTE),
    ("comments have no links", told_as(NO_LINKS)),
    ("pictures are switched off", "add_filter('option_show_avatars', '__return_zero');"),
    ("pictures are other things", told_as("$d['author_avatar_urls'] = false;")),
    ("numbers are texts", told_as(AS_TEXT)),
    ("dates are for people", told_as("$d['date'] = '20th November'; $d['date_gmt'] = '0000-00-00 00:00:00';")),
    ("dates are missing", told_as("unset($d['date'], $d['date_gmt']);")),
    ("who wrote is blanked", told_as("unset($d['author_user_agent'], $d['author_email'], $d['author_name']);")),
    ("a status is another word", told_as(STATUS)),
    ("there are other fields", told_as("$d['acf'] = []; $d['x'] = ['y' => [1, null]];")),
    ("visitors see no text", told_as("if ($q['context'] === 'view') { unset($d['content']); }")),
    ("text is not rendered", told_as("if (isset($d['content'])) { $d['content'] = $c->comment_content; }")),
]


@pytest.mark.wordpress
@pytest.mark.parametrize("php", [case[1] for case in HIDDEN], ids=[case[0] for case in HIDDEN])
async def test_comments_of_a_real_site_come_where(wordpress, plain, connector, account_at, php):
    pulls = Pulls(connector, *await account_at(plain))
    post = await plain.add_post("Opening hours")
    with wordpress.plugin(php):
        first = await plain.write_comment(post, "Are you open?")
        [answer] = await plain.add_comments([NewComment(post, "We are", NOON, parent=first)])
        assert await pulls.texts() == ["Are you open?", "We are"]
        assert pulls.ids == [f"{plain.url}/?p={post}#comment-{each}" for each in (first, answer)]
        assert {each.thread_id for each in pulls.resources} == {pulls.ids[0]}
        assert await pulls.texts() == []
        last = await plain.write_comment(post, "Thanks", parent=answer, name="Zoe", email="zoe@example.test")
        assert await pulls.texts() == ["Thanks"]
    assert pulls.resources[-1].thread_id == pulls.ids[0]
    assert last
    assert await pulls.texts() == []


async def test_what_comments_answer_may_be_refused_and_they_come_with_their_parent_as_thread(fake, connector):
    whole = listing([comment(number, parent=max(0, number - 1)) for number in range(1, 11)])

    def refused(query):
        return refusal(403, "no") if query.get("status") == "any" else whole(query)

    fake.answers = {COMMENTS: refused}
    state = b"[8,8,[],[]]"
    [ninth, tenth] = (await connector.pull(account_values(fake), state)).resources
    assert ninth.thread_id == tenth.thread_id == f"{fake.url}/?p=1#comment-7"


NOBODY, ERASED = {"author_name": "", "author_email": ""}, {"author_name": "Anonymous", "author_email": ""}
GUESTS = [
    ("with the same name and address", {}, {}, True),
    ("with one address in capitals", {}, {"author_email": "ADA@example.test"}, True),
    ("with the same name and other addresses", {}, {"author_email": "ada@other.test"}, False),
    ("with the same address and other names", {}, {"author_name": "Ada L."}, False),
    ("without name and address", NOBODY, NOBODY, False),
    ("whom WordPress calls Anonymous", ERASED, ERASED, False),
    ("without address in two conversations", {"author_email": ""}, {"author_email": ""}, False),
    ("without address in one conversation", {"author_email": ""}, {"author_email": "", "parent": 1}, True),
    ("of whom one is a user", {}, {"author": 7}, False),
    ("who are one user with other names", {"author": 7}, {"author": 7, "author_name": "Ada L."}, True),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), [case[1:] for case in GUESTS], ids=[case[0] for case in GUESTS])
async def test_two_guests(fake, connector, one, other, same):
    fake.answers = {COMMENTS: listing([comment(1, **one), comment(2, **other)])}
    first, second = (await connector.pull(account_values(fake))).resources
    assert (first.author.external_id == second.author.external_id) is same
    assert first.author.name


ODD = [
    ("a name of markup", {"author_name": "<b>Ada</b> <script>x</script>&amp; Co"}, "Comment 1"),
    ("halves of a surrogate pair", {"content": {"rendered": "a\ud800b"}, "author_name": "\udfff"}, "a\ufffdb"),
    ("bytes that are nothing", {"content": {"rendered": "a\x00b\x07"}, "author_name": "A\x00"}, None),
    ("letters from right to left", {"content": {"rendered": "\u202e\u0634\u0643\u0631"}}, None),
    ("characters by number", {"content": {"rendered": "&#x1F600; &amp;amp; &hellip; &#0; &#55296;"}}, None),
    ("nothing at all", {"content": {"rendered": ""}}, "(a comment without text)"),
    ("only a picture", {"content": {"rendered": '<p><img src="https://a.example/x.png"></p>'}}, None),
    ("only a film", {"content": {"rendered": '<video src="https://a.example/x.mp4"></video>'}}, "(what cannot"),
    ("blocks", {"content": {"rendered": "<!-- wp:paragraph --><p>Hi</p><!-- /wp:paragraph -->"}}, "Hi"),
    ("shortcodes", {"content": {"rendered": '[gallery ids="1"]'}}, '[gallery ids="1"]'),
    ("a megabyte", {"content": {"rendered": "<p>long</p>" * 100_000}}, "long"),
    ("what is protected", {"content": {"protected": True}}, "(a comment without text)"),
    ("text in place of an object", {"content": "Plain"}, "Plain"),
    ("a number with a point", {"id": 1.0, "post": 1.0}, "Comment 1"),
    ("a date before all dates", {"date_gmt": "0000-00-00T00:00:00", "date": "0000-00-00 00:00:00"}, "Comment 1"),
    ("a date without a zone, with a space", {"date_gmt": "2026-11-20 12:00:00"}, "Comment 1"),
    ("a date that is a number", {"date_gmt": 1764504000}, "Comment 1"),
    ("a link to another host", {"link": "https://elsewhere.example/", "_links": None}, "Comment 1"),
    ("no parent", {"parent": None, "author": False}, "Comment 1"),
    ("itself as its parent", {"parent": 1}, "Comment 1"),
    ("pictures that are a list", {"author_avatar_urls": []}, "Comment 1"),
    ("links that are text", {"_links": "https://a.example/wp/v2/posts/1"}, "Comment 1"),
    ("a status that nobody knows, of a comment that may be seen", {"status": "approve"}, "Comment 1"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "text"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
async def test_a_comment_comes_that_has(fake, connector, changes, text):
    fake.answers = {COMMENTS: listing([comment(1, **changes), comment(2)])}
    pulls = Pulls(connector, account_values(fake))
    first, second = await pulls.new()
    assert first.external_id == f"{fake.url}/?p=1#comment-1"
    assert text is None or first.message.startswith(text)
    assert first.message.strip()
    assert first.created_at.year == 2026
    assert "\x00" not in first.message + first.author.name
    assert second.message == "Comment 2"
    assert await pulls.texts() == []


async def test_a_comment_whose_status_nobody_knows_comes_once_it_is_approved(fake, connector):
    pulls = Pulls(connector, account_values(fake))
    fake.answers = {COMMENTS: listing([comment(1, status="in-review"), comment(2)])}
    assert await pulls.texts() == ["Comment 2"]
    fake.answers = {COMMENTS: listing([comment(1), comment(2)])}
    assert await pulls.texts() == ["Comment 1"]


async def test_an_answer_to_a_comment_of_another_post_is_in_that_comments_thread(fake, connector):
    fake.answers = {COMMENTS: listing([comment(1, post=5), comment(2, post=6, parent=1)])}
    first, second = (await connector.pull(account_values(fake))).resources
    assert first.thread_id == second.thread_id == f"{fake.url}/?p=5#comment-1"
    assert second.external_id == f"{fake.url}/?p=6#comment-2"


async def test_what_nobody_wrote_is_said_in_the_account_s_language(fake, connector):
    empty = comment(1, content={"rendered": ""}, author_name="", author=0)
    fake.answers = {COMMENTS: listing([empty])}
    connector.locale = "de"
    [found] = await Pulls(connector, account_values(fake)).new()
    assert (found.message, found.author.name) == ("(ein Kommentar ohne Text)", "Anonym")
