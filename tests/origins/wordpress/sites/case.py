# SPDX-License-Identifier: Apache-2.0
"""
A case: what a site or its host does, and what the administrator, the agent and the log see of it.

Each is played with the real WordPress behind a proxy, and the real connector over gRPC:

1. Visitors have written below a post. The site, or the proxy in front of it, begins to do what the case says.
2. An administrator fills in the form. If it is refused, the account is one that was there before.
3. The account is pulled.
4. Something happens in the meantime, if the case says so.
5. An agent answers the first visitor; Zendesk repeats what may be repeated, once.
6. The site is as other sites again, unless that is said to be lasting, and one more visitor writes. Whatever did not
   come is pulled, and a reply that may be repeated is. Whatever the site did before, no comment was lost or came
   twice, no reply came back under an id that Zendesk does not know, and none stands twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sealock_connector import Cause, ConnectorError, Done, Form, OriginUnavailable
from sealock_connector.testing import File
from sealock_devkit.emulators.wordpress import NewComment
from tests.origins.wordpress.sites.host import Behaviour

CONNECTED = "the account is connected"
KINDS = "kinds"
"""The step of set-up that asks which kinds of comments are wanted; here as it is offered."""
READABLE = "the reply is there, once, and everybody can read it"
QUESTION = "Are you open on Sunday?"
ANSWER = "We are, from ten to four."
LATER = "Thank you!"
LIBRARY = """
$files = get_posts(['post_type' => 'attachment', 'post_status' => 'any', 'author' => $agent, 'numberposts' => -1]);
return array_map(fn ($file) => wp_delete_attachment($file->ID, true), $files);
"""


@dataclass(frozen=True)
class Says:
    """The form comes back: a sentence beside a field, of which these are words."""

    field: str
    words: str


@dataclass(frozen=True)
class Fails:
    """
    A pull or reply fails: with an error of this kind, for this cause.

    `words` are words of the sentence that the agent, or the administrator of the account, reads.
    """

    error: type[ConnectorError] = OriginUnavailable
    cause: Cause | None = None
    words: str = ""


def down(cause: Cause, words: str = "") -> Fails:
    """The site cannot be used at present, for this cause."""
    return Fails(OriginUnavailable, cause, words)


@dataclass(frozen=True)
class Case:
    """One row of a table. What is not said is as at a site where nothing is odd."""

    name: str
    """What the site does, as a sentence."""
    php: str = ""
    """A must-use plugin that does it, without `<?php`."""
    host: Behaviour | None = None
    """Or what the proxy in front of the site does."""
    visitors: Sequence[str] = (QUESTION,)
    """What visitors write. It is in the database before the case begins; `by_form` for the site's own form, after."""
    by_form: bool = False
    form: Says | str | None = CONNECTED
    """What the administrator sees; None where nobody fills the form in, and the account was there before."""
    pull: Sequence[str] | Fails | None = None
    """The texts that come; None for whatever visitors wrote."""
    reply: Fails | str | None = READABLE
    """What the agent sees; None where nobody replies. After the case, a reply that failed for good is nowhere."""
    log: str = ""
    """Words of the connector's log."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """Words of what comes in place of a text, by the text."""
    left: Sequence[str] = ()
    """What visitors wrote and does not come even afterwards."""
    address: str = ""
    """What the administrator types behind the name of the site."""
    start: str = "everything"
    """What the administrator wants to have: `everything`, or what is written `now` and later."""
    answer: str = ANSWER
    """What the agent replies."""
    stays: str = ""
    """The status of a reply that stays at the site, though the agent was told that nobody reads it."""
    lasting: bool = False
    """Whether the site stays so, and works all the same."""
    permalinks: str = "pretty"
    """Or `plain`."""
    files: Sequence[File] = ()
    """The files of the reply."""
    library: int | None = None
    """How many files the site has of the reply in the end; None for all, if the reply is there, and else none."""
    meanwhile: str = ""
    """PHP that runs once after the first pull, with the ids `$post` and `$first`, the first visitor's comment."""
    more: Sequence[str] = ()
    """What comes later, beside what visitors wrote."""
    leads: str = ""
    """Words of the page that an agent sees who follows the link of the first comment; it has the comment, too."""

    def __str__(self) -> str:
        return self.name


class Played:
    """A case being played."""

    def __init__(self, case, *, site, host, connector, account):
        self._case = case
        self._site = site
        self._host = host
        self._connector = connector
        self._account = account
        self._state = b""
        self._pulled = []
        self._posted = set()

    async def write(self, post, *texts):
        """Visitors write, and none of what the case does sees it."""
        now = datetime.now(UTC)
        await self._site.add_comments([NewComment(post, text, now, author_name=f"Guest of {text}") for text in texts])

    async def form(self):
        """What the administrator sees; a connected account is used from here on."""
        agent = self._site.users["agent"]
        outcome = await self._connector.setup(
            "site",
            {
                "site": self._host.url + self._case.address,
                "user": agent.login,
                "password": agent.password,
                "start": self._case.start,
                "moderation": "approved",
            },
        )
        if isinstance(outcome, Form) and outcome.step_id == KINDS:
            offered = {field.name: field.value for field in outcome.fields}
            outcome = await self._connector.setup(KINDS, offered, session=outcome.session)
        if isinstance(outcome, Done):
            self._account, self._state = outcome.account, outcome.state or b""
            return CONNECTED
        [problem] = outcome.problems
        return Says(problem.field, str(problem.message))

    async def pull(self):
        """The texts that come, in alphabetical order, or the error."""
        try:
            page = await self._connector.pull_all(self._account, self._state)
        except ConnectorError as error:
            return error
        self._state = page.state
        # Zendesk knows a reply that comes by the id that it was given when it was posted.
        new = [each for each in page.resources if each.external_id not in self._posted]
        self._pulled += new
        return sorted(map(self._text, new))

    def _text(self, resource):
        """What came, or the text that it came in place of."""
        in_place_of = [text for text, words in self._case.instead.items() if words in resource.message]
        return in_place_of[0] if in_place_of else resource.message

    async def reply(self, first):
        """Whether the reply is there, or the error of the last try."""
        outcome = await self._reply(first)
        if isinstance(outcome, ConnectorError) and outcome.retryable:
            await asyncio.sleep(0.15)
            outcome = await self._reply(first)
        return outcome

    async def _reply(self, first):
        try:
            posted = await self._connector.channelback(
                self._account,
                self._case.answer,
                key="key",
                parent_id=f"{self._account['site']}/?p={first.post}#comment-{first.id}",
                files=self._case.files,
            )
        except ConnectorError as error:
            return error
        self._posted.add(posted.external_id)
        replies = await self.replies()
        assert [posted.external_id.rpartition("-")[2]] == [str(each.id) for each in replies]
        return READABLE if replies[0].status == "approved" else f"the reply is there: {replies[0].status}"

    async def replies(self):
        """The agent's comments that the site has."""
        agent = self._site.users["agent"].id
        return [each for each in await self._site.comments() if each.user_id == agent]

    async def files(self):
        """How many files of the agent's the site has; afterwards it has none."""
        return len(await self._site.run(LIBRARY, agent=self._site.users["agent"].id))

    async def page_of(self, first):
        """The page that the link of the first comment leads to."""
        link = await self._connector.clickthrough(f"{self._account['site']}/?p={first.post}#comment-{first.id}")
        page = await self._site.page(link)
        assert f'id="comment-{first.id}"' in page, f"the comment is not on the page at {link}"
        return page

    def pulled_twice(self):
        """The ids that came more than once."""
        ids = [each.external_id for each in self._pulled]
        return {each for each in ids if ids.count(each) > 1}

    def texts(self):
        """All that came."""
        return sorted(map(self._text, self._pulled))


def check(what, expected, found):
    """Compare what somebody sees with the case."""
    if isinstance(expected, Says):
        assert isinstance(found, Says), f"{what}: {found}"
        assert (expected.field, True) == (found.field, expected.words in found.words), f"{what}: {found}"
    elif isinstance(expected, Fails):
        assert isinstance(found, ConnectorError), f"{what}: {found}"
        assert type(found) is expected.error, f"{what}: {found!r} {found.message_for_agent}"
        assert expected.words in found.message_for_agent, f"{what}: {found.message_for_agent}"
        assert expected.cause in {None, found.cause}, f"{what}: {found.cause}"
    else:
        told = f"{found!r} {found.message_for_agent}" if isinstance(found, ConnectorError) else found
        assert expected == found, f"{what}: {told}"
