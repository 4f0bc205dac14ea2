# SPDX-License-Identifier: Apache-2.0
"""Whatever plug-ins and hosts do, the administrator, the agent and the log are told, and nothing is lost or doubled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sealock_connector import ConnectorError
from sealock_devkit.emulators.wordpress import NewComment
from tests.origins.wordpress.sites import hosts, plugins
from tests.origins.wordpress.sites.case import QUESTION, READABLE, Fails, Played, check
from tests.origins.wordpress.sites.host import Host

CASES = [*plugins.CASES, *hosts.CASES]
WRITTEN = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.wordpress


@pytest.fixture(scope="module")
def posts():
    """The post of each site, by the site's name."""
    return {}


@pytest.fixture(scope="module")
def accounts():
    """An account at each site, made while nothing was odd."""
    return {}


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_at_a_site_where(case, wordpress, posts, accounts, connector, caplog):
    site = wordpress.sites[case.permalinks]
    await site.reset()
    post = posts.get(site.name) or posts.setdefault(site.name, await site.add_post("Opening hours"))
    texts = () if case.by_form else case.visitors
    await site.add_comments([NewComment(post, text, WRITTEN, author_name=f"Guest {text}") for text in texts])
    async with Host(site.url) as host:
        account = await account_of(site, host, connector, accounts)
        played = Played(case, site=site, host=host, connector=connector, account=account)
        with wordpress.plugin(case.php):
            host.behaviour = case.host
            for text in case.visitors if case.by_form else ():
                await site.write_comment(post, text)
            check("the administrator sees", case.form, await played.form())
            came = list(case.visitors) if case.pull is None else case.pull
            check("the pull", came, await played.pull())
            first = (await site.comments())[0]
            outcome = await played.reply(first)
            check("the agent sees", case.reply, outcome)
            assert case.log in caplog.text
            if case.lasting:
                await nothing_is_lost_or_doubled(case, played, first, outcome)
        host.behaviour = None
        if not case.lasting:
            await nothing_is_lost_or_doubled(case, played, first, outcome)


async def nothing_is_lost_or_doubled(case, played, first, outcome):
    later = await played.pull()
    assert not isinstance(later, ConnectorError), f"a later pull: {later!r}"
    assert played.pulled_twice() == set()
    assert sorted([*played.texts(), *case.left]) == sorted(case.visitors)
    repeated = isinstance(outcome, ConnectorError) and outcome.retryable
    if repeated:
        check("the agent sees in the end", READABLE, await played.reply(first))
    assert len(await played.replies()) == (0 if isinstance(case.reply, Fails) and not repeated else 1)


async def account_of(site, host, connector, accounts):
    """The site's account, as if it had been made at the host's address."""
    if site.name not in accounts:
        answers = {"site": site.url, "user": "agent", "password": site.users["agent"].password, "start": "everything"}
        accounts[site.name] = (await connector.setup("site", answers)).account
    made = accounts[site.name]
    return {
        name: value.replace(site.url, host.url) if isinstance(value, str) else value for name, value in made.items()
    }


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert QUESTION
