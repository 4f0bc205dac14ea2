# SPDX-License-Identifier: Apache-2.0
"""The whole story, played from its beginning to its end on a running stack, each step with a tick and its seconds."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO

import httpx2

from sealock_devkit.stack.demo_origin import Post
from sealock_devkit.stack.process import ProcessFailed
from sealock_devkit.stack.stack import Stack

GREEN, RED, GREY, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[90m", "\x1b[0m"
LONGEST_WAIT = 60.0
QUIET_SECONDS = "2"
QUESTION = "Hello! Does the ferry run on Sundays? Yours, Søren ☼"
REPLY = "It does: at 9:00 and at 17:30. See you!"
SECOND_REPLY = "And dogs travel free."


class StoryFailed(Exception):
    """A step did not come out as it must. The text says what was expected and what happened."""


class Narrator:
    """Writes one line for each step, coloured where a person reads it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colours = out.isatty()

    async def step(self, sentence: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do a step, then tell how it went. Its exception passes on."""
        begun = time.monotonic()
        try:
            await act()
        except BaseException:
            self.say(self._in(RED, "✗") + f" {sentence}")
            raise
        took = f"{time.monotonic() - begun:.1f} s"
        self.say(self._in(GREEN, "✓") + f" {sentence} " + self._in(GREY, took))

    def say(self, line: str = "") -> None:
        """Write a line."""
        self._out.write(line + "\n")
        self._out.flush()

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{PLAIN}" if self._colours else text


def expect(holds: object, sentence: str) -> None:
    """Raise `StoryFailed` with the sentence unless something holds."""
    if not holds:
        raise StoryFailed(sentence)


class Story:
    """The acts in their order. Each expects what it shows, and raises `StoryFailed` if that is not so."""

    def __init__(self, stack: Stack, narrator: Narrator) -> None:
        self._stack = stack
        self._zendesk = stack.zendesk
        self._narrator = narrator
        self._question = ""
        self._integration = 0
        self._account = 0
        self._ticket = 0

    async def play(self) -> None:
        """Play all acts, each on what the former left. Raises `StoryFailed` at the first that does not come out."""
        title = self._stack.origin.title
        acts: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            (f"Zendesk installs the {title} integration from its manifest", self._install),
            ("an administrator adds an account through the integration's own pages", self._add_account),
            ("a customer's comment becomes a ticket", self._comment_becomes_a_ticket),
            ("the customer's next comment joins the same ticket", self._next_comment_joins),
            ("the agent's reply stands at the origin", self._reply_arrives),
            ("a reply whose answer is lost on the way back stands there once all the same", self._reply_arrives_once),
            ("the agent's replies are not pulled back as new comments", self._no_echo),
            ("the link on the ticket opens the comment's page", self._link_opens),
            ("editing the account keeps its name and place, and shows no secret", self._edit_account),
            ("a new key takes over: everything is sealed anew within two pulls", self._rotate_keys),
            ("the old key is not retired while it may be in use, and is once it rests", self._retire_key),
            ("metadata that was changed, or is not the edge's, is refused with the same words", self._refuse_metadata),
            ("no answer broke Zendesk's protocol, and no secret is in a log", self._nothing_broken),
        ]
        for sentence, act in acts:
            await self._narrator.step(sentence, act)

    async def _install(self) -> None:
        self._integration = await self._zendesk.install(self._stack.manifest_url())

    async def _add_account(self) -> None:
        self._account = await self._zendesk.add_account(self._integration, self._stack.origin.account_answers)

    async def _comment_becomes_a_ticket(self) -> None:
        self._question = await self._stack.origin.write_comment("Søren", QUESTION)
        await self._until("the comment became a ticket", self._has_the_question)

    async def _next_comment_joins(self) -> None:
        await self._stack.origin.write_comment("Søren", "With a dog, I should add.", answer_to=self._question)
        await self._until("the ticket has the second comment", lambda: self._has_comments(2))

    async def _reply_arrives(self) -> None:
        await self._reply(REPLY)

    async def _reply_arrives_once(self) -> None:
        await self._stack.origin.lose_answers(1)
        tries = await self._reply(SECOND_REPLY)
        expect(tries > 1, "no answer was lost")

    async def _no_echo(self) -> None:
        for _ in range(2):
            await self._zendesk.pull(self._account)
        expect(len(await self._zendesk.comments(self._ticket)) == 4, "a reply came back as a comment")
        expect(len(await self._zendesk.tickets()) == 1, "a reply came back as a ticket")

    async def _link_opens(self) -> None:
        page = await self._zendesk.open_link((await self._zendesk.comments(self._ticket))[0]["id"])
        expect(page["status"] == 200, f"the page was answered {page['status']}")
        at = [httpx2.URL(url).netloc for url in (page["location"], self._stack.origin.url)]
        expect(at[0] == at[1], f"the page is at {page['location']}, not at the origin")
        expect("Sundays" in page["text"], "the page does not show the comment")

    async def _edit_account(self) -> None:
        before = await self._zendesk.account(self._account)
        nothing_typed: list[dict[str, str]] = [{} for _ in self._stack.origin.account_answers]
        await self._zendesk.edit_account(self._account, nothing_typed)
        after = await self._zendesk.account(self._account)
        expect(after["name"] == before["name"], "the account's name changed")
        expect(after["edits"] == before["edits"] + 1, "the account was not saved")
        await self._zendesk.pull(self._account)
        expect(len(await self._zendesk.tickets()) == 1, "the account began anew")

    async def _rotate_keys(self) -> None:
        old = self._keys()
        await self._stack.sealock("keys", "rotate", str(self._stack.keys), "--seals-after", "0")
        (new,) = self._keys() - old
        await self._until("the edge read the new key", lambda: self._edge_knows(new))
        for _ in range(2):
            await self._zendesk.pull(self._account)
        account = await self._zendesk.account(self._account)
        for part in ("metadata", "state"):
            expect(sealing_key(account[part]) == new, f"the {part} is still sealed with the old key")

    async def _retire_key(self) -> None:
        # The manifest's address for events is sealed too, and Zendesk uses it until it reads the manifest again.
        await self._zendesk.read_manifest_again(self._integration)
        account = await self._zendesk.account(self._account)
        (old,) = self._keys() - {sealing_key(account["metadata"])}
        retire = ("keys", "retire", str(self._stack.keys), old, "--edge", self._stack.edge.internal_url)
        try:
            await self._stack.sealock(*retire)
        except ProcessFailed:
            pass
        else:
            raise StoryFailed("the key was retired at once")

        async def retired() -> bool:
            try:
                await self._stack.sealock(*retire, "--quiet-for", QUIET_SECONDS)
            except ProcessFailed:
                return False
            return True

        await self._until("the resting key could be retired", retired)
        await self._zendesk.pull(self._account)

    async def _refuse_metadata(self) -> None:
        account = await self._zendesk.account(self._account)
        metadata = str(account["metadata"])
        flipped = metadata[:40] + ("A" if metadata[40] != "A" else "B") + metadata[41:]
        answers = [await self._pull_with(each) for each in (flipped, '{"token": "guessed"}', metadata[:-8], "")]
        expect({status for status, _ in answers} == {401}, "not all of them were refused")
        expect(len({words for _, words in answers}) == 1, "the refusals can be told apart")
        expect((await self._pull_with(metadata))[0] == 200, "the true metadata was refused")

    async def _nothing_broken(self) -> None:
        violations = await self._zendesk.violations()
        expect(not violations, f"the protocol was broken: {violations[:1]}")
        for log in sorted(self._stack.folder.rglob("*.log")):
            text = await asyncio.to_thread(_read, log)
            for secret in self._stack.origin.secrets:
                expect(secret not in text, f"a secret is in {log}")

    async def _has_the_question(self) -> bool:
        tickets = await self._zendesk.tickets()
        if not tickets:
            return False
        self._ticket = tickets[0]
        return any(QUESTION in comment["body"] for comment in await self._zendesk.comments(self._ticket))

    async def _has_comments(self, count: int) -> bool:
        return len(await self._zendesk.comments(self._ticket)) == count

    async def _reply(self, text: str) -> int:
        reply = await self._zendesk.reply(self._ticket, text)
        expect(reply["status"] == "delivered", f"the reply is {reply['status']}: {reply['problem']}")
        await self._expect_once(text)
        return len(reply["attempts"])

    async def _expect_once(self, text: str) -> None:
        found: list[Post] = [post for post in await self._stack.origin.posts() if text in post.text]
        expect(len(found) == 1, f"the reply stands at the origin {len(found)} times")
        expect(found[0].by_agent, "the reply was not posted by the account's user")
        expect(found[0].answer_to, "the reply answers nothing")

    async def _edge_knows(self, key: str) -> bool:
        async with httpx2.AsyncClient(trust_env=False, timeout=LONGEST_WAIT) as http:
            return f'{{key="{key}"}}' in (await http.get(f"{self._stack.edge.internal_url}/metrics")).text

    async def _pull_with(self, metadata: str) -> tuple[int, str]:
        url = f"{self._stack.edge.url}/{self._stack.origin.name}/pull"
        verify = self._stack.trust.context() if self._stack.trust else True
        async with httpx2.AsyncClient(verify=verify, trust_env=False, timeout=LONGEST_WAIT) as http:
            answer = await http.post(url, data={"metadata": metadata, "state": ""})
        return answer.status_code, str(answer.json().get("error_info", ""))

    def _keys(self) -> set[str]:
        return {file.stem for file in self._stack.keys.glob("*.key")}

    async def _until(self, sentence: str, holds: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                while not await holds():  # noqa: ASYNC110  (what holds is known to other processes)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise StoryFailed(f"waited {LONGEST_WAIT:g} seconds in vain until {sentence}") from None


def sealing_key(sealed: str) -> str:
    """The id of the key that something is sealed with: the four bytes behind the version."""
    return base64.urlsafe_b64decode(sealed[:8])[1:5].hex()


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
