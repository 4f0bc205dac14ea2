# SPDX-License-Identifier: Apache-2.0
"""A network of real WordPress sites: each is a site of its own, with users, rights and an end of its own."""

from __future__ import annotations

import asyncio

import pytest

from sealock_connector import AccountRevoked, Cause, ConnectorError, MessageRejected, OriginUnavailable
from sealock_connector.testing import File
from sealock_devkit.emulators.wordpress import WordPress, missing

pytestmark = pytest.mark.wordpress

BLOG = "return wpmu_create_blog($domain, $path, $title, get_user_by('login', 'admin')->ID, ['public' => 1], 1);"
POST = """
switch_to_blog($blog);
add_user_to_blog($blog, get_user_by('login', 'agent')->ID, 'editor');
foreach (['comment_moderation', 'comment_previously_approved'] as $option) { update_option($option, 0); }
foreach (get_comments(['fields' => 'ids']) as $comment) { wp_delete_comment($comment, true); }
$post = wp_insert_post(['post_title' => 'Opening hours', 'post_status' => 'publish', 'comment_status' => 'open']);
$comment = wp_insert_comment(['comment_post_ID' => $post, 'comment_content' => $text, 'comment_author' => 'Ada',
    'comment_author_email' => 'ada@example.test', 'comment_approved' => 1, 'comment_type' => 'comment']);
restore_current_blog();
return [$post, $comment];
"""
COMMENTS = """
switch_to_blog($blog);
$all = array_column(get_comments(['order' => 'ASC', 'orderby' => 'comment_ID']), 'comment_content');
restore_current_blog();
return $all;
"""
STATUS = """
foreach (['archived' => 0, 'spam' => 0, 'deleted' => 0, ...$set] as $name => $value) {
    update_blog_status($blog, $name, $value);
}
foreach (['agent', 'admin'] as $login) { clean_user_cache(get_user_by('login', $login)->ID); }
"""
FOLDER, NAME = 2, 3
"""The network's other two sites: one in a folder, one at a name of its own."""


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The first site of a network of three."""
    if lacking := missing():
        pytest.skip(lacking)
    server = WordPress(tmp_path_factory.mktemp("network"))

    async def start():
        await server.start()
        site = await server.add_site("network", pretty_permalinks=True, network=True)
        assert await site.run(BLOG, domain="network.test", path="/shop/", title="The shop") == FOLDER
        assert await site.run(BLOG, domain="second.network.test", path="/", title="The second") == NAME
        return site

    try:
        yield asyncio.run(start())
    finally:
        asyncio.run(server.stop())


@pytest.fixture
async def commented(network):
    """A visitor's comment at each of the two sites, and the editor `agent`."""
    await network.run(STATUS, blog=FOLDER, set={})
    await network.run(
        f"foreach (get_sites() as $each) {{ switch_to_blog($each->blog_id); {EMPTY} restore_current_blog(); }}"
    )
    return {blog: await network.run(POST, blog=blog, text=f"A question at {blog}") for blog in (FOLDER, NAME)}


EMPTY = "$GLOBALS['wpdb']->query(\"DELETE FROM {$GLOBALS['wpdb']->comments}\");"


def address_of(network, blog):
    return f"{network.url}/shop" if blog == FOLDER else network.url.replace("127.0.0.1", "localhost")


async def set_up(connector, network, blog, user="agent"):
    typed = {"site": address_of(network, blog), "user": user, "password": network.users[user].password}
    return await connector.setup("site", {**typed, "start": "everything", "moderation": "approved"})


@pytest.fixture
def account_at(network, commented, connector):
    async def connected(blog, user="agent"):
        outcome = await set_up(connector, network, blog, user)
        assert hasattr(outcome, "account"), outcome.problems
        return outcome.account

    return connected


@pytest.mark.parametrize("blog", [FOLDER, NAME], ids=["in a folder", "at a name"])
async def test_a_site_of_a_network_is_pulled_and_answered(network, commented, connector, account_at, blog):
    account = await account_at(blog)
    assert account["site"] == address_of(network, blog)
    page = await connector.pull_all(account)
    assert [each.message for each in page.resources] == [f"A question at {blog}"]
    posted = await connector.channelback(account, "Yes & <no>", thread_id=page.resources[0].thread_id)
    assert posted.external_id.startswith(f"{address_of(network, blog)}/?p=")
    assert await network.run(COMMENTS, blog=blog) == [f"A question at {blog}", "Yes &amp; &lt;no&gt;"]
    again = await connector.pull_all(account, page.state)
    assert again.resources == ()
    html = await network.page(await connector.clickthrough(page.resources[0].external_id))
    assert f'id="comment-{commented[blog][1]}"' in html


async def test_sites_of_a_network_have_the_same_numbers_and_other_ids(connector, commented, account_at):
    pages = [await connector.pull_all(await account_at(blog)) for blog in (FOLDER, NAME)]
    ids = {page.resources[0].external_id for page in pages}
    assert len(ids) == len(pages)
    assert commented[FOLDER] == commented[NAME] or len({each[1] for each in commented.values()}) <= len(pages)


async def test_a_user_of_the_network_alone_may_not_moderate_its_sites(network, commented, connector):
    outcome = await set_up(connector, network, FOLDER, "reader")
    assert [(each.field, "may not moderate" in each.message) for each in outcome.problems] == [("user", True)]


async def test_an_administrator_of_the_network_is_no_member_of_a_site_and_may_moderate(network, connector, account_at):
    await network.run(
        "grant_super_admin(get_user_by('login', 'admin')->ID);"
        "remove_user_from_blog(get_user_by('login', 'admin')->ID, $blog);",
        blog=FOLDER,
    )
    account = await account_at(FOLDER, "admin")
    page = await connector.pull_all(account)
    await connector.channelback(account, "Yes", thread_id=page.resources[0].thread_id)
    assert (await network.run(COMMENTS, blog=FOLDER))[1:] == ["Yes"]


@pytest.mark.parametrize("status", [{"archived": 1}, {"spam": 1}, {"deleted": 1}, {"deleted": 2}], ids=str)
async def test_a_site_that_its_network_has_closed_is_switched_off(network, connector, account_at, status):
    account = await account_at(FOLDER)
    await network.run(STATUS, blog=FOLDER, set=status)
    outcome = await set_up(connector, network, FOLDER)
    assert [(each.field, "switched off" in each.message) for each in outcome.problems] == [("site", True)]
    for failing in (connector.pull(account), connector.channelback(account, "Yes", thread_id=thread_of(account))):
        with pytest.raises(OriginUnavailable) as failed:
            await failing
        assert failed.value.cause is Cause.SUSPENDED
    await network.run(STATUS, blog=FOLDER, set={})
    assert [each.message for each in (await connector.pull_all(account)).resources] == [f"A question at {FOLDER}"]


def thread_of(account):
    return f"{account['site']}/?p=1#comment-1"


async def test_a_user_who_was_taken_out_of_a_site_may_no_longer_moderate(network, connector, account_at):
    account = await account_at(FOLDER)
    await network.run("remove_user_from_blog(get_user_by('login', 'agent')->ID, $blog);", blog=FOLDER)
    with pytest.raises(AccountRevoked) as revoked:
        await connector.pull(account)
    assert revoked.value.cause is Cause.RIGHT_MISSING


async def test_the_files_of_a_reply_have_no_more_room_than_the_site_has(network, connector, account_at):
    account = await account_at(FOLDER)
    [question] = (await connector.pull_all(account)).resources
    file = File("plan.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n")
    await connector.channelback(account, "Yes", thread_id=question.thread_id, files=[file])
    assert "plan.pdf</a>" in (await network.run(COMMENTS, blog=FOLDER))[-1]
    await network.run("update_site_option('upload_space_check_disabled', 0);update_site_option('fileupload_maxk', 0);")
    try:
        with pytest.raises(ConnectorError) as refused:
            await connector.channelback(account, "No", thread_id=question.thread_id, files=[file])
    finally:
        await network.run("update_site_option('fileupload_maxk', 1500);")
    assert type(refused.value) is MessageRejected
    assert "plan.pdf" in refused.value.message_for_agent
