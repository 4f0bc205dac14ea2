# SPDX-License-Identifier: Apache-2.0
"""
Records what each origin answers: `make recordings`, or `make recordings ARGS=wordpress` for one.

A real WordPress, the guestbook and the emulator of Meta's Graph API are played through set-up, pulls (of nothing, of
what is new, of replies, of what waits, of reviews, of files), replies and links, each with its real connector, and a
proxy in between writes down all that is said. Scenes lie in `scenes/`, one file each, and are the same whoever records
them: clocks stand still where they can, what is random comes from a seed, and dates, hosts and secrets are replaced.
Record anew what an origin or its connector says in another way than before, and look at the differences.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from sealock_devkit.emulators.guestbook.files import NewFile
from sealock_devkit.emulators.wordpress import NewComment, WordPress, missing
from tests.origins.guestbook.sites import TOKEN, running_guestbook
from tests.origins.recorded.playing import Player, served
from tests.origins.recorded.recording import PAST, Recorder, Story
from tests.origins.recorded.stories_of_meta import FILE, record_facebook, record_instagram

SHOP = """
add_action('rest_api_init', function () {
    $rated = fn ($q) => array_map(fn ($id) => ['id' => (int) $id, 'rating' => 4], explode(',', $q['include']));
    $route = ['methods' => 'GET', 'permission_callback' => '__return_true', 'callback' => $rated];
    register_rest_route('wc/v3', '/products/reviews', $route);
});
"""


async def record_guestbook(folder: Path) -> None:
    """A guestbook: connected, pulled and answered."""
    async with running_guestbook() as site, Recorder(site.url) as recorder:
        account = {"site": recorder.url, "token": TOKEN, "start": ""}
        async with served("guestbook", recorder.url, folder) as client:
            story = Story("everything", "guestbook", recorder, Player(client, recorder.host, account))
            await story.tell("setup", step="")
            typed = {"site": recorder.url, "token": TOKEN, "start": "all"}
            await story.tell("setup", step="site", answers={**typed, "token": "wrong"})
            await story.tell("setup", step="site", answers=typed)
            await story.tell("pull")
            first = site.sign("Open on Sunday?")
            site.sign("I wonder, too.", author="Ben", answer_to=first.id)
            file = NewFile("pier.png", "image/png", base64.b64decode(FILE["data"]))
            site.entries.add(author="Cleo", author_id="visitor-cleo", text="Look", brought=[file])
            pulled = await story.tell("pull", most=2)
            pulled = await story.tell("pull")
            await story.tell("file", reference=pulled["resources"][-1]["files"][0]["reference"])
            to = f"{recorder.url}/entries/{first.id}"
            await story.tell("clickthrough", id=to)
            await story.tell("reply", key="one", text="We are, from ten to four.", to=to)
            await story.tell("reply", key="two", text="Look", to=to, files=[FILE])
            await story.tell("pull")
        story.write()


async def record_wordpress(folder: Path) -> None:
    """A WordPress site: connected, pulled and answered, by pretty permalinks and by plain ones."""
    if lacking := missing():
        sys.exit(lacking)
    wordpress = WordPress(folder / "wordpress")
    await wordpress.start()
    try:
        for name in ("pretty", "plain"):
            site = await wordpress.add_site(name, pretty_permalinks=name == "pretty", time_zone="+05:30")
            await site.reset()
            await _record_site(wordpress, site, f"{name}-permalinks", folder)
    finally:
        await wordpress.stop()


async def _record_site(wordpress, site, name, folder):
    noon = datetime(PAST, 11, 20, 12, tzinfo=UTC)
    agent = site.users["agent"]
    recording = Recorder(site.url, today=True, secret=agent.password)
    async with recording as recorder, served("wordpress", recorder.url, folder) as client:
        root = f"{recorder.url}/wp-json/" if name.startswith("pretty") else f"{recorder.url}/?rest_route=/"
        account = {"site": recorder.url, "root": root, "user": "agent", "password": agent.password, "user_id": agent.id}
        account |= {"since": 0.0, "waiting_too": True, "guest_key": "key", "kinds": "comment,review"}
        story = Story(name, "wordpress", recorder, Player(client, recorder.host, account))
        typed = {"site": recorder.url, "user": "agent", "password": agent.password, "start": "everything"}
        await story.tell("setup", step="")
        await story.tell("setup", step="site", answers={**typed, "password": "wrong"})
        await story.tell("setup", step="site", answers=typed)
        await story.tell("pull")
        post, kettle = await site.add_post("Opening hours"), await site.add_post("Kettle")
        [first] = await site.add_comments([NewComment(post, "Open on Sunday?", noon)])
        [answer] = await site.add_comments([NewComment(post, "I wonder, too.", noon, parent=first, author_name="Ben")])
        more = [NewComment(post, f"Number {number}", noon + timedelta(minutes=number)) for number in range(4)]
        waits = NewComment(post, "This waits for a moderator.", noon, status="hold")
        review = NewComment(kettle, "It boils.", noon, type="review")
        await site.add_comments([*more, waits, review, NewComment(post, "Hm.", noon, parent=answer, author_email="")])
        with wordpress.plugin(SHOP):
            await story.tell("pull", most=3)
            await story.tell("pull")
            await story.tell("pull")
        await story.tell("setup", step="site", answers=typed, editing=True)
        for number, to in enumerate((first, answer)):
            here = f"{recorder.url}/?p={post}#comment-{to}"
            await story.tell("clickthrough", id=here)
            await story.tell("reply", key=f"reply {number}", text="We are, from ten to four.", to=here)
        await story.tell("reply", key="with a file", text="Look", to=here, files=[FILE])
        await story.tell("reply", key="to nobody", text="Hello?", to=f"{recorder.url}/?p={post}#comment-999999")
        await story.tell("pull")
    story.write()


RECORDING: Mapping[str, Callable[[Path], Awaitable[None]]] = {
    "facebook": record_facebook,
    "guestbook": record_guestbook,
    "instagram": record_instagram,
    "wordpress": record_wordpress,
}


def main(origins: list[str]) -> None:
    """Record these origins, or all."""
    logging.disable(logging.WARNING)
    for origin in origins or RECORDING:
        with tempfile.TemporaryDirectory() as folder, _from_a_seed(random.Random(origin)):
            asyncio.run(RECORDING[origin](Path(folder)))
        print(f"recorded {origin}")


@contextmanager
def _from_a_seed(seeded: random.Random) -> Iterator[None]:
    """What is random is the same each time."""

    def urlsafe(size: int = 32) -> str:
        return seeded.randbytes(size).hex()[: size * 4 // 3]

    with (
        mock.patch("secrets.token_urlsafe", urlsafe),
        mock.patch("secrets.token_hex", lambda size=32: seeded.randbytes(size).hex()),
        mock.patch("secrets.randbelow", seeded.randrange),
    ):
        yield


if __name__ == "__main__":
    main(sys.argv[1:])
