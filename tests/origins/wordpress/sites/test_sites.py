# SPDX-License-Identifier: Apache-2.0
"""Whatever plug-ins and hosts do, the administrator, the agent and the log are told, and nothing is lost or doubled."""

from __future__ import annotations

import logging
import re

import pytest

from sealock_connector import ConnectorError
from sealock_connector.testing import running
from sealock_origins.wordpress.connector import WordPress as Connector
from tests.docs.pages import DOCS
from tests.origins.wordpress.sites.case import LATER, LIBRARY, READABLE, Fails, Played, check
from tests.origins.wordpress.sites.host import Host
from tests.origins.wordpress.sites.tables import (
    access,
    content,
    discussions,
    files,
    firewalls,
    hosts,
    lists,
    meanwhile,
    moderation,
    proxies,
    replies,
    signing_in,
    texts,
    words,
)

TABLES = (
    access,
    signing_in,
    moderation,
    replies,
    words,
    content,
    discussions,
    lists,
    hosts,
    firewalls,
    files,
    texts,
    proxies,
    meanwhile,
)
CASES = [case for table in TABLES for case in table.CASES]

SETTLED = """
$usual = ['timezone_string' => '', 'WPLANG' => '', 'page_comments' => 0, 'comments_per_page' => 50];
foreach ($usual + ['default_comments_page' => 'newest'] as $name => $value) { update_option($name, $value); }
if (get_option('permalink_structure') !== $permalinks) {
    $GLOBALS['wp_rewrite']->set_permalink_structure($permalinks);
    $GLOBALS['wp_rewrite']->flush_rules(false);
}
"""

pytestmark = pytest.mark.wordpress


@pytest.fixture
async def connector():
    """The connector, served as in production, and told that agents may be led to the sites."""
    async with running(Connector(), "--clickthrough-host=127.0.0.1", settle_seconds=0.1) as client:
        yield client


@pytest.fixture(scope="module")
def posts():
    """The post of each site, by the site's name."""
    return {}


@pytest.fixture(scope="module")
def accounts():
    """An account at each site, made while nothing was odd."""
    return {}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_at_a_site_where(case, settled, wordpress, posts, accounts, connector, caplog):
    caplog.set_level(logging.INFO)
    site = wordpress.sites[case.permalinks]
    await site.reset()
    others = posts.get(site.name) or posts.setdefault(site.name, await site.add_post("Opening hours"))
    post = await site.add_post("Opening hours") if case.meanwhile else others
    async with Host(site.url) as host:
        account = await account_of(site, host, connector, accounts)
        played = Played(case, site=site, host=host, connector=connector, account=account)
        await played.write(post, *(() if case.by_form else case.visitors))
        with wordpress.plugin(case.php):
            host.behaviour = case.host
            for text in case.visitors if case.by_form else ():
                await site.write_comment(post, text)
            if case.form is not None:
                check("the administrator sees", case.form, await played.form())
            came = sorted(case.visitors) if case.pull is None else case.pull
            check("the pull", came, await played.pull())
            first = (await site.comments())[0]
            if case.meanwhile:
                await site.run(case.meanwhile, post=post, first=first.id)
            if case.leads:
                assert case.leads in await played.page_of(first)
            outcome = None if case.reply is None else await played.reply(first)
            check("the agent sees", case.reply, outcome)
            assert case.log in caplog.text
            assert causes_of(case) <= {getattr(record, "cause", None) for record in caplog.records}
            if case.lasting:
                await nothing_is_lost_or_doubled(case, played, first, outcome, others)
        host.behaviour = None
        if not case.lasting:
            await nothing_is_lost_or_doubled(case, played, first, outcome, others)


def causes_of(case):
    """The causes that the log, the metrics and Zendesk name."""
    return {each.cause.name for each in (case.pull, case.reply) if isinstance(each, Fails) and each.cause}


async def nothing_is_lost_or_doubled(case, played, first, outcome, post):
    await played.write(post, LATER)
    later = await played.pull()
    assert not isinstance(later, ConnectorError), f"a later pull: {later!r}"
    assert played.pulled_twice() == set()
    assert sorted([*played.texts(), *case.left]) == sorted([*case.visitors, *case.more, LATER])
    repeated = isinstance(outcome, ConnectorError) and outcome.retryable
    if repeated:
        check("the agent sees in the end", READABLE, await played.reply(first))
    refused = case.reply is None or (isinstance(case.reply, Fails) and not repeated)
    there = [] if refused and not case.stays else [case.stays or "approved"]
    assert [reply.status for reply in await played.replies()] == there
    files = len(case.files if there else ()) if case.library is None else case.library
    assert await played.files() == files


@pytest.fixture
async def settled(wordpress):
    """Each site has the settings again that it had before."""
    yield
    for name, site in wordpress.sites.items():
        await site.run(SETTLED, permalinks="/%postname%/" if name == "pretty" else "")


async def account_of(site, host, connector, accounts):
    """The site's account, as if it had been made at the host's address."""
    if site.name not in accounts:
        await site.run(LIBRARY, agent=site.users["agent"].id)  # files that other tests left
        answers = {"site": site.url, "user": "agent", "password": site.users["agent"].password, "start": "everything"}
        accounts[site.name] = (await connector.setup("site", answers)).account
    made = accounts[site.name]
    return {
        name: value.replace(site.url, host.url) if isinstance(value, str) else value for name, value in made.items()
    }


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_the_page_says_what_to_do_about_every_cause_of_the_cases():
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (DOCS / "connectors" / "wordpress.md").read_text(), re.MULTILINE)
    told = {cause for row in rows for cause in re.findall(r"[A-Z_]+", row)}
    assert set().union(*map(causes_of, CASES)) <= told
    assert len(CASES) > 500
