# SPDX-License-Identifier: Apache-2.0
"""Files of a reply that is refused after all do not stay at a real WordPress, or the agent is told that they do."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from sealock_connector import MessageRejected
from sealock_connector.testing import File

pytestmark = pytest.mark.wordpress

REFUSED = "add_filter('rest_pre_insert_comment', fn () => new WP_Error('no', 'Not today.', ['status' => 403]));"
NOT_DELETED = "add_filter('pre_delete_attachment', '__return_false');"
NO_DELETE = """
add_filter('rest_pre_dispatch', fn ($result, $server, $request) => ($_SERVER['REQUEST_METHOD'] === 'DELETE')
    ? new WP_Error('host', 'No such method.', ['status' => 405]) : $result, 10, 3);
"""
MAY_NOT_UPLOAD = "add_filter('user_has_cap', fn ($all) => array_diff_key($all, ['upload_files' => 1]));"
OFFLOADED = "add_filter('wp_get_attachment_url', fn ($url) => '//cdn.example.test/' . basename($url));"


@pytest.fixture
async def thread(plain):
    post = await plain.add_post("Questions")
    return f"{plain.url}/?p={post}#comment-{await plain.write_comment(post, 'First')}"


@pytest.fixture
def files():
    """Three files; the last is of a type that WordPress does not take."""
    name = uuid4().hex
    kinds = (("a.txt", "text/plain"), ("b.txt", "text/plain"), ("c.exe", "application/x-msdownload"))
    return [File(f"{name}-{ending}", kind, ending.encode()) for ending, kind in kinds]


async def library(site, files):
    """What the site has of the files."""
    query = {"rest_route": "/wp/v2/media", "search": files[0].name.partition("-")[0], "per_page": "100"}
    async with httpx2.AsyncClient(trust_env=False, auth=("agent", site.users["agent"].password)) as browser:
        return (await browser.get(f"{site.url}/", params=query)).json()


async def refused(connector, account, thread, files):
    with pytest.raises(MessageRejected) as rejected:
        await connector.channelback(account, "Look", thread_id=thread, files=files)
    return rejected.value.message_for_agent


@pytest.mark.parametrize("php", [REFUSED, REFUSED + NO_DELETE], ids=["deleted", "deleted by a POST"])
async def test_files_of_a_reply_that_is_refused_are_taken_back(
    wordpress, plain, thread, connector, account_at, files, php
):
    account, _ = await account_at(plain)
    with wordpress.plugin(php):
        assert await refused(connector, account, thread, files[:2]) == "WordPress refuses this: Not today."
    assert await library(plain, files) == []
    assert len(await plain.comments()) == 1


async def test_files_that_cannot_be_taken_back_are_named(wordpress, plain, thread, connector, account_at, files):
    account, _ = await account_at(plain)
    with wordpress.plugin(REFUSED + NOT_DELETED):
        said = await refused(connector, account, thread, files[:1])
    assert said.endswith(f"still in the site's media library, where it has to be deleted: {files[0].name}.")
    assert len(await library(plain, files)) == 1


async def test_the_files_before_one_that_is_refused_are_taken_back(plain, thread, connector, account_at, files):
    account, _ = await account_at(plain)
    assert "file type" in await refused(connector, account, thread, files)
    assert await library(plain, files) == []


async def test_nothing_is_uploaded_for_a_post_whose_comments_are_closed(plain, thread, connector, account_at, files):
    account, _ = await account_at(plain)
    await plain.open_comments(int(thread.partition("?p=")[2].partition("#")[0]), open=False)
    assert "closed" in await refused(connector, account, thread, files[:2])
    assert await library(plain, files) == []


async def test_a_user_who_may_not_upload_is_told_so(wordpress, plain, thread, connector, account_at, files):
    account, _ = await account_at(plain)
    with wordpress.plugin(MAY_NOT_UPLOAD):
        assert "may not upload files (upload_files)" in await refused(connector, account, thread, files[:1])
        await connector.channelback(account, "Look", key="without", thread_id=thread)
    assert [comment.content for comment in await plain.comments()] == ["First", "Look"]


async def test_set_up_names_the_right_to_upload_and_goes_on_without(wordpress, plain, connector):
    answers = {"site": plain.url, "user": "agent", "password": plain.users["agent"].password, "start": "now"}
    with wordpress.plugin(MAY_NOT_UPLOAD):
        form = await connector.setup("site", answers)
        [problem] = form.problems
        assert (problem.field, "(upload_files)" in problem.message) == ("files", True)
        assert form.fields[-1].name == "files"
        assert hasattr(await connector.setup("site", {**answers, "files": "no_files"}), "account")


async def test_a_file_that_a_plugin_moves_to_another_host_is_linked_there(
    wordpress, plain, thread, connector, account_at, files
):
    account, _ = await account_at(plain)
    with wordpress.plugin(OFFLOADED):
        await connector.channelback(account, "Look", thread_id=thread, files=files[:1])
    assert f'<a href="http://cdn.example.test/{files[0].name}"' in (await plain.comments())[-1].content
