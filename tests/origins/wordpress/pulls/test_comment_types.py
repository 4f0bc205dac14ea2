# SPDX-License-Identifier: Apache-2.0
"""Product reviews and other types of comments are the administrator's choice, by what the site has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sealock_devkit.emulators.wordpress import NewComment
from tests.origins.wordpress.pulls.pulled import Pulls

pytestmark = pytest.mark.wordpress
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SHOP = """
add_action('rest_api_init', function () {
    $rated = fn ($q) => array_map(fn ($id) => ['id' => (int) $id, 'rating' => 4], explode(',', $q['include']));
    $route = ['methods' => 'GET', 'permission_callback' => '__return_true', 'callback' => $rated];
    register_rest_route('wc/v3', '/products/reviews', $route);
});
"""


@pytest.fixture
async def shop(plain):
    """A site with a comment, a review that the shop answered, and a pingback; the texts say which is which."""
    post = await plain.add_post("Kettle")
    add = plain.add_comments
    [review] = await add([NewComment(post, "a review", NOON, type="review")])
    [answer] = await add([NewComment(post, "an answer of the shop", NOON, parent=review, user_id=1)])
    await add([NewComment(post, "an answer of the customer", NOON, parent=answer)])
    await add([NewComment(post, "a comment", NOON), NewComment(post, "a pingback", NOON, type="pingback")])
    await add([NewComment(post, "of a plug-in", NOON, type="my_kind")])
    return plain


async def chosen(connector, site, *kinds, account=None):
    """The account that was set up with these types, and its first state."""
    answers = {"site": site.url, "user": "agent", "password": site.users["agent"].password}
    answers |= {"start": "everything", "moderation": "approved"}
    form = await connector.setup("site", answers, account=account)
    every = {field.name: "false" for field in form.fields}
    answers = every | {f"kind_{kind}": "true" for kind in kinds}
    return form, await connector.setup(form.step_id, answers, session=form.session)


ANSWERS = ["an answer of the shop", "an answer of the customer"]
CHOICES = [
    (["comment"], ["a comment"]),
    (["review"], ["a review", *ANSWERS]),
    (["comment", "review"], ["a review", *ANSWERS, "a comment"]),
    (["pingback"], ["a pingback"]),
    (["comment", "my_kind"], ["a comment", "of a plug-in"]),
    (["comment", "review", "pingback", "my_kind"], ["a review", *ANSWERS, "a comment", "a pingback", "of a plug-in"]),
]


@pytest.mark.parametrize(("kinds", "expected"), CHOICES, ids=["+".join(kinds) for kinds, _ in CHOICES])
async def test_what_is_chosen_comes_with_its_answers_and_nothing_else(connector, shop, kinds, expected):
    form, done = await chosen(connector, shop, *kinds)
    assert [field.name for field in form.fields] == ["kind_comment", "kind_review", "kind_pingback", "kind_my_kind"]
    assert [field.value for field in form.fields] == ["true", "false", "false", "false"]
    pulls = Pulls(connector, done.account, done.state or b"")
    assert await pulls.texts() == expected
    assert await pulls.texts() == []


async def test_the_types_are_named_by_what_the_site_has(connector, shop):
    form, _ = await chosen(connector, shop, "comment")
    labels = [field.label for field in form.fields]
    assert labels[1] == "Product reviews, with their stars"
    assert "my_kind" in labels[3]


async def test_nothing_is_asked_of_a_site_that_has_comments_only(connector, plain, account_at):
    await plain.add_comments([NewComment(await plain.add_post("Blog"), "a comment", NOON)])
    account, _ = await account_at(plain)
    assert account["kinds"] == "comment"


async def test_one_type_at_least_has_to_be_chosen(connector, shop):
    form, again = await chosen(connector, shop)
    assert again.step_id == form.step_id
    [problem] = again.problems
    assert problem.message.startswith("Choose")


async def test_an_edit_shows_what_was_chosen_and_keeps_what_is_known_of_ids(connector, shop):
    _, done = await chosen(connector, shop, "review")
    account = {**done.account, "given_again": "7@1764504000"}
    form, done = await chosen(connector, shop, "review", "pingback", account=account)
    assert [field.value for field in form.fields] == ["false", "true", "false", "false"]
    assert done.account["kinds"] == "review,pingback"
    assert done.account["given_again"] == "7@1764504000"


async def test_a_review_has_its_stars_its_subject_and_its_tag(wordpress, connector, shop):
    _, done = await chosen(connector, shop, "review")
    with wordpress.plugin(SHOP):
        [review, *answers] = (await connector.pull(done.account, done.state or b"")).resources
    assert review.message == "★★★★ (4 of 5)\n\na review"
    assert review.html_message.startswith("<p>★★★★ (4 of 5)</p>")
    assert review.fields == {"subject": "Review of Kettle", "tags": ["wordpress", "wordpress_review"]}
    assert review.display_info[0][1]["rating"] == 4
    assert {each.thread_id for each in answers} == {review.thread_id}


async def test_new_reviews_come_after_an_account_of_comments_took_them_up(connector, shop):
    _, done = await chosen(connector, shop, "comment")
    pulls = Pulls(connector, done.account, done.state or b"")
    await pulls.texts()
    pulls.account = {**pulls.account, "kinds": "comment,review"}
    post = await shop.add_post("Teapot")
    await shop.add_comments([NewComment(post, "later", NOON + timedelta(days=1), type="review")])
    assert (await pulls.texts())[-1] == "later"
