# SPDX-License-Identifier: Apache-2.0
"""Lists beside the wall, which only some tokens may read: photos of albums, recommendations, mentions."""

from __future__ import annotations

import pytest

from sealock_origins.facebook.resources import read_id
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import PAGE, error, graph_time


def ids(page):
    return [each.external_id for each in page.resources]


def recommendation(graph, number, **more):
    told = {"created_time": graph_time(graph.now), "reviewer": {"id": "7007", "name": "Ann"}}
    return {**told, "open_graph_story": {"id": number}, "recommendation_type": "positive", **more}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"review_text": "Best bread"}, "Best bread\n(recommends the Page)"),
        ({"recommendation_type": "negative"}, "(does not recommend the Page)"),
        ({"recommendation_type": None, "rating": 4}, "(rates the Page with 4 of 5)"),
    ],
)
async def test_a_recommendation_is_a_visitors_post_that_can_be_answered(graph, connector, more, message):
    graph.more_lists["ratings"] = [recommendation(graph, f"{PAGE}_99", **more)]
    [found] = (await connector.pull(account())).resources
    assert (found.external_id, found.message) == (f"facebook:{PAGE}/post/{PAGE}_99", message)
    assert found.author.external_id == f"facebook:{PAGE}/person/7007"


async def test_comments_on_a_recommendation_come_days_later(graph, connector):
    story = graph.post("7007", "Best bread")
    graph.more_lists["ratings"] = [recommendation(graph, story)]
    graph.faults[f"GET /{PAGE}/ratings"] = [error(2, status=500)] * 99
    values = account(comments=False)
    page = await connector.pull(values)
    assert ids(page) == [f"facebook:{PAGE}/post/{story}"]
    graph.now += 3 * 86_400
    graph.post("7008", "Something newer")
    page = await connector.pull(values, page.state)
    graph.faults.clear()
    comment = graph.comment(story, "7008", "I agree")
    found = ids(await connector.pull(values, page.state))
    assert found == [f"facebook:{PAGE}/comment/{story}/{comment}"]


@pytest.mark.parametrize("number", ["", "not a number", "99/../me"])
async def test_a_recommendation_that_cannot_be_answered_is_passed_over(graph, connector, number):
    graph.more_lists["ratings"] = [recommendation(graph, number)]
    assert ids(await connector.pull(account())) == []


async def test_comments_on_single_photos_of_an_album_come_and_those_on_the_only_photo_come_once(graph, connector):
    photos = [{"media_type": "photo", "target": {"id": f"55{number}"}} for number in range(2)]
    album = graph.post(text="Our album", more={"attachments": {"data": [{"subattachments": {"data": photos}}]}})
    single = graph.post(text="One", more={"attachments": {"data": [{"media_type": "photo", "target": {"id": "66"}}]}})
    on_photo = graph.comment("0_550", text="On the first photo")
    graph.posts["550"] = graph.posts[album]  # a photo is a node with comments of its own
    graph.comments[on_photo].parent = "550"
    on_single = graph.comment(single, text="On the post")
    newest = {"data": [{"created_time": graph_time(graph.now)}]}
    graph.more_lists["photos"] = [
        {"id": name, "created_time": graph_time(graph.now), "comments": newest} for name in ("550", "66", "77")
    ]
    page = await connector.pull(account(visitor_posts=False))
    assert sorted(ids(page)) == sorted(
        [f"facebook:{PAGE}/comment/{PAGE}_550/{on_photo}", f"facebook:{PAGE}/comment/{single}/{on_single}"]
    )
    assert all(read_id(each) for each in ids(page))
    assert page.resources[0].fields["subject"].startswith("Comment on The Bakery: ")
    assert not any("/66/comments" in call or "/77/comments" in call for call in graph.calls)


async def test_a_post_elsewhere_that_mentions_the_page_is_a_visitors_post(graph, connector):
    told = {"id": "7007_5", "message": "At @bakery", "created_time": graph_time(graph.now), "from": {"id": "7007"}}
    graph.more_lists["tagged"] = [told]
    page = await connector.pull(account())
    assert ids(page) == [f"facebook:{PAGE}/post/7007_5"]
    assert ids(await connector.pull(account(), page.state)) == []


async def test_a_list_that_is_refused_is_asked_for_again_after_a_while_only(graph, connector):
    edges = [f"GET /{PAGE}/{edge}" for edge in ("ads_posts", "ratings", "tagged")]
    await connector.pull(account())
    asked = [graph.calls.count(each) for each in edges]
    assert all(asked)
    await connector.pull(account())
    assert [graph.calls.count(each) for each in edges] == asked


async def test_a_list_that_fails_for_now_keeps_nothing_back(graph, connector):
    post = graph.post()
    comment = graph.comment(post)
    graph.faults = {f"GET /{PAGE}/{edge}": [error(2, status=500)] * 99 for edge in ("ads_posts", "ratings", "tagged")}
    assert ids(await connector.pull(account())) == [f"facebook:{PAGE}/comment/{post}/{comment}"]


async def test_a_comment_whose_id_could_not_be_answered_is_not_brought(graph, connector):
    post = graph.post()
    comment = graph.comment(post)
    graph.comments[comment].more = {"id": "3003"}
    fine = graph.comment(post)
    assert ids(await connector.pull(account())) == [f"facebook:{PAGE}/comment/{post}/{fine}"]


async def test_a_list_with_gaps_and_one_without_data_are_read(graph, connector):
    post = graph.post()
    told = graph._comment(graph.comments[graph.comment(post)])
    address = f"{graph.url}/v26.0/{post}/comments?after=0"
    graph.faults[f"GET /{post}/comments"] = [
        (200, {"paging": {"next": address}}, {}),
        (200, {"data": {"0": told, "2": None}, "paging": {"next": address.replace("=0", "=1")}}, {}),
        (200, {"data": [told]}, {}),
    ]
    assert len((await connector.pull(account())).resources) == 1
