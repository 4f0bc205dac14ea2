# SPDX-License-Identifier: Apache-2.0
"""The connector and the emulator were written apart, from Meta's documentation: here they meet."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from sealock_connector import AccountRevoked, MessageRejected, NotFound, OriginThrottled, OriginUnavailable, Text
from sealock_connector.testing import LOOPBACK, File
from sealock_devkit.emulators.meta.graph.errors import ERRORS
from sealock_devkit.emulators.meta.settings import DAY
from sealock_origins.facebook.resources import MessageId
from tests.devkit.meta.callers import PICTURE
from tests.origins.meta.killing import Breaks, a_process, each_part_comes_once, reply_through_a_kill
from tests.origins.meta.refusing import ANSWERS, WINDOWS, pull_is_refused, reply_is_refused, window_is_kept


async def repeated(connector, *arguments, **more):
    async with asyncio.timeout(30):
        while True:
            try:
                return await connector.channelback(*arguments, **more)
            except OriginUnavailable:
                await asyncio.sleep(0.1)


async def test_a_page_is_connected_by_signing_in(meta, connector):
    grant = meta.site.logins.facebook(meta.owner, [], pages=[meta.page.id])
    code = meta.tokens.new_code(grant, "https://edge.test/back")
    form = await connector.setup("signed_in", callback_query={"code": code}, callback_url="https://edge.test/back")
    answers = {"page": meta.page.id, "comments": "true", "visitor_posts": "true", "messages": "true"}
    done = await connector.setup("choices", answers, session=form.session)
    assert done.account_name == meta.page.name
    page = await connector.pull(done.account)
    assert page.resources == ()
    meta.comment(meta.page_post)
    assert len((await connector.pull(done.account, page.state)).resources) == 1


async def test_everything_that_people_write_comes_once(meta, connector, values):
    post = meta.visitor_post("Lovely place!")
    top = meta.comment(meta.page_post, "Open on Sunday?")
    answer = meta.comment(top, "Yes, they are", person="Ben Sample")
    deeper = meta.comment(answer, "Thanks", person="Chloé Sørensen")
    below = meta.comment(post, "It is")
    hello, picture = meta.message("Hello"), meta.message("", picture=PICTURE)
    page = await connector.pull_all(values, max_resources=2)
    threads = {each.external_id.rpartition("/")[2]: each.thread_id.rpartition("/")[2] for each in page.resources}
    assert threads == {
        post.id: post.id,
        below.id: post.id,
        top.id: top.id,
        answer.id: top.id,
        deeper.id: top.id,
        hello.id: meta.scoped(),
        picture.id: meta.scoped(),
    }
    assert len(page.resources) == len(threads)
    assert (await connector.pull(values, page.state)).resources == ()


async def test_a_pull_whose_time_is_up_goes_on_where_it_ended(meta, connector, values):
    """Meta allows two calls a second for conversations: in four seconds a pull does not get through twelve."""
    for number in range(12):
        meta.message(f"Number {number}", person=f"Person {number}")
    messages, state, pulls = [], b"", 0
    while len(messages) < 12:
        page = await connector.pull(values, state, seconds=4)
        messages += [each.message for each in page.resources]
        state, pulls = page.state, pulls + 1
    assert pulls > 1
    assert sorted(messages) == sorted(f"Number {number}" for number in range(12))


async def test_a_pull_cut_among_comments_goes_on_where_it_ended(meta, connector, values):
    """Five posts have more comments than one page holds, and each call takes a third of a second of the pull's two."""
    posts = [meta.visitor_post(f"Post {number}") for number in range(5)]
    for number in range(60):
        for post in posts:
            meta.store.clock.advance(1)
            meta.comment(post, f"{post.message}, comment {number}")
    meta.store.faults.slow_seconds = 0.3
    told, state, cuts = [], b"", 0
    while len(told) < 305:
        page = await connector.pull({**values, "messages": False}, state, seconds=3.5)
        told += [each.message for each in page.resources]
        state = page.state
        cuts += 5 < len(told) < 305
    assert cuts
    wanted = [post.message for post in posts]
    wanted += [f"{post.message}, comment {number}" for number in range(60) for post in posts]
    assert told == wanted


async def test_a_picture_of_a_message_is_opened(meta, connector, values):
    meta.message("", picture=PICTURE)
    [found] = (await connector.pull(values)).resources
    opened = await connector.open_file(values, found.files[0].reference)
    assert (opened.content_type, opened.data) == ("image/png", PICTURE.data)


async def test_somebody_invisible_is_a_facebook_user(meta, connector, values):
    person = meta.person("Ann Example")
    person.invisible = True
    meta.store.people.put(person)
    meta.comment(meta.page_post)
    [found] = (await connector.pull(values)).resources
    assert found.author.name == "Facebook user"


async def test_replies_go_back_once_although_answers_are_lost(meta, connector, values):
    meta.comment(meta.page_post)
    meta.message()
    page = await connector.pull(values)
    faults = meta.store.faults
    for number, item in enumerate(page.resources):
        faults.lose_answers = 1
        await repeated(connector, values, f"Answer {number}", key=f"k{number}", parent_id=item.external_id)
    comments = [each.message for each in meta.store.comments if each.author_id == meta.page.id]
    messages = [each.text for each in meta.store.messages if not each.by_person]
    assert sorted(comments + messages) == ["Answer 0", "Answer 1"]
    assert (await connector.pull(connector.renewed or values, page.state)).resources == ()


async def test_a_picture_goes_with_a_comment_and_files_go_as_messages(meta, connector, values):
    comment, message = meta.comment(meta.page_post), meta.message()
    page = await connector.pull(values)
    ids = {each.external_id.rpartition("/")[2]: each.external_id for each in page.resources}
    picture = File("a.png", "image/png", PICTURE.data)
    await connector.channelback(values, "Look", parent_id=ids[comment.id], files=[picture])
    pdf = File("b.pdf", "application/pdf", b"%PDF-1.4")
    await connector.channelback(values, "And here", parent_id=ids[message.id], files=[picture, pdf])
    [ours] = [each for each in meta.store.comments if each.author_id == meta.page.id]
    assert ours.photo
    sent = [each for each in meta.store.messages if not each.by_person]
    assert [each.text for each in sent] == ["And here", "", ""]
    assert [len(each.attachments) for each in sent] == [0, 1, 1]


async def test_a_private_reply_is_possible_once(meta, connector, values):
    comment = meta.comment(meta.page_post)
    private = {**values, "privately": True}
    [found] = (await connector.pull(private)).resources
    meta.store.faults.lose_answers = 1
    posted = await repeated(connector, private, "Between us", key="k", parent_id=found.external_id)
    [sent] = [each for each in meta.store.messages if not each.by_person]
    assert posted.external_id.endswith(f"{meta.scoped()}/{sent.id}")
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(private, "Again", parent_id=found.external_id)
    assert "only once" in refused.value.message_for_agent
    assert meta.store.comments[comment.id].private_reply == sent.id


async def test_a_visitors_post_can_be_answered_privately(meta, connector, values):
    meta.visitor_post("Where are you?")
    private = {**values, "privately": True}
    [found] = (await connector.pull(private)).resources
    await connector.channelback(private, "At the lock.", parent_id=found.external_id)
    assert [each.text for each in meta.store.messages if not each.by_person] == ["At the lock."]


@pytest.mark.parametrize(("days", "taken"), [(0.9, True), (6.9, True), (7.1, False)])
async def test_messages_go_out_while_the_window_is_open(meta, connector, values, days, taken):
    meta.message()
    [found] = (await connector.pull(values)).resources
    meta.site.emulator.store.clock.advance(days * DAY)
    if taken:
        await connector.channelback(values, "Here we are", parent_id=found.external_id)
    else:
        with pytest.raises(MessageRejected):
            await connector.channelback(values, "Here we are", parent_id=found.external_id)
    assert [each.text for each in meta.store.messages if not each.by_person] == ["Here we are"][: int(taken)]


async def test_what_was_deleted_is_neither_pulled_nor_answered(meta, connector, values):
    gone, kept = meta.comment(meta.page_post), meta.comment(meta.page_post, "Still here")
    page = await connector.pull(values)
    for each in (gone, kept):
        meta.do("delete", target=each.id)
    with pytest.raises(NotFound):
        await connector.channelback(values, "Hello?", parent_id=page.ids[0])
    assert (await connector.pull(values)).resources == ()


async def test_what_was_written_in_the_pages_inbox_joins_the_ticket(meta, connector, values):
    meta.message()
    meta.do("page_message", text="From the inbox")
    page = await connector.pull(values)
    assert [each.message for each in page.resources] == ["Hello"]
    meta.site.emulator.store.clock.advance(120)
    later = await connector.pull(values, page.state)
    assert [each.message for each in later.resources] == ["From the inbox"]
    assert later.resources[0].thread_id == page.resources[0].thread_id


async def test_a_password_that_was_changed_revokes_the_account(meta, connector, values):
    meta.tokens.end(meta.owner.id, "password")
    with pytest.raises(AccountRevoked) as refused:
        await connector.pull(values)
    assert "the password was changed" in refused.value.message_for_agent


async def test_a_permission_that_was_taken_away_is_named(meta, connector, values):
    meta.without("pages_read_user_content")
    with pytest.raises(AccountRevoked) as refused:
        await connector.pull(values)
    assert "pages_read_user_content" in refused.value.message_for_agent


async def test_a_limit_is_kept_to(meta, connector, values):
    meta.store.settings.page_calls_per_day = 1
    with pytest.raises(OriginThrottled) as refused:
        await connector.pull(values)
    assert refused.value.retry_after


async def test_a_form_in_another_language_says_the_same(connector):
    redirect = await connector.setup(locale="de")
    assert redirect.title == "Mit Facebook anmelden"
    assert not isinstance(redirect.title, Text)


def test_every_error_of_the_table_has_its_answer():
    assert set(ANSWERS) == set(ERRORS)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_reply_has_its_documented_answer(meta, connector, values, name):
    meta.comment(meta.page_post)
    await reply_is_refused(meta, connector, values, name)
    done = name == "sent_and_refused"
    assert any(each.author_id == meta.page.id for each in meta.store.comments) is done


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_refused_pull_has_its_documented_answer(meta, connector, values, name):
    meta.comment(meta.page_post)
    await pull_is_refused(meta, connector, values, name)


async def test_a_reply_without_a_permission_asks_for_an_administrator(meta, connector, values):
    meta.comment(meta.page_post)
    [found] = (await connector.pull(values)).resources
    meta.without("pages_manage_engagement")
    with pytest.raises(AccountRevoked) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert "pages_manage_engagement" in refused.value.message_for_agent


@pytest.mark.parametrize(("seconds", "sent_as"), WINDOWS)
@pytest.mark.parametrize("feature", [True, False])
async def test_the_window_is_kept_to_the_second(meta, connector, values, seconds, sent_as, feature):
    meta.store.clock.freeze()
    meta.message()
    await window_is_kept(meta, connector, values, seconds, sent_as, feature)


@pytest.fixture
def options(meta, tmp_path):
    """The connector's command line, without where it listens."""
    (tmp_path / "secret").write_text(meta.store.keys.app_secret)
    named = {
        "app-id": meta.store.keys.app_id,
        "app-secret-file": tmp_path / "secret",
        "graph-url": meta.site.host("graph.facebook.com"),
        "dialog-url": meta.site.host("www.facebook.com"),
        "allow-network": LOOPBACK,
    }
    return ["--insecure", *(f"--{name}={value}" for name, value in named.items())]


def ours(meta, kind):
    if kind == "comment":
        return [each.message for each in meta.store.comments if each.author_id == meta.page.id]
    return [each.text for each in meta.store.messages if not each.by_person]


def item(meta, message):
    person = meta.store.conversations[message.conversation_id].person_id
    return str(MessageId(meta.page.id, meta.scoped(meta.store.people[person].name), message.id))


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, options, tmp_path, kind):
    meta.comment(meta.page_post) if kind == "comment" else meta.message()
    start = partial(a_process, "facebook", options, tmp_path)
    assert await reply_through_a_kill(meta, start, values, partial(ours, meta, kind))
    assert ours(meta, kind) == ["Once"]


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("kills", "with_file"), [(True, True), (True, False), (False, True)])
async def test_no_part_of_a_reply_is_sent_again_or_left_out(
    meta,
    values,
    options,
    tmp_path,
    monkeypatch,
    kills,
    with_file,
):
    written = [meta.message(person=f"Person {number}", account=meta.page) for number in range(3 + with_file)]
    start = partial(a_process, "facebook", options, tmp_path)
    breaks, parts = Breaks(monkeypatch, kills=kills), {"words": 300, "with_file": with_file}
    await each_part_comes_once(meta, start, values, breaks, written, partial(item, meta), **parts)
