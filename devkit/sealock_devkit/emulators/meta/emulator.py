# SPDX-License-Identifier: Apache-2.0
"""What people, Pages and apps can do, in one place, and what a new emulator begins with."""

from __future__ import annotations

from dataclasses import dataclass

from sealock_devkit.emulators.meta.content import Gallery, Inboxes, Walls
from sealock_devkit.emulators.meta.files import Cdn, Fetch, Handshake, plain_picture
from sealock_devkit.emulators.meta.logins import Tokens
from sealock_devkit.emulators.meta.records import TASKS, InstagramAccount, Media, Page, Post
from sealock_devkit.emulators.meta.settings import DAY, HOUR
from sealock_devkit.emulators.meta.store import World
from sealock_devkit.emulators.meta.webhooks import Announcements, Deliver, Outbox


@dataclass(frozen=True, slots=True)
class Domain:
    """The world, and the services that change it."""

    world: World
    tokens: Tokens
    cdn: Cdn
    outbox: Outbox
    walls: Walls
    gallery: Gallery
    inboxes: Inboxes
    fetch: Fetch
    handshake: Handshake


def make_domain(world: World, *, post: Deliver, fetch: Fetch, handshake: Handshake) -> Domain:
    """Put them together. `post` sends webhooks, `fetch` gets files, `handshake` asks webhooks."""
    cdn = Cdn(world)
    outbox = Outbox(world, post)
    announcements = Announcements(world, outbox, cdn)
    return Domain(
        world,
        Tokens(world),
        cdn,
        outbox,
        Walls(world, announcements),
        Gallery(world, announcements),
        Inboxes(world, announcements),
        fetch,
        handshake,
    )


OWNER, MODERATOR = "Olivia Owner", "Max Moderator"
CUSTOMERS = ("Ann Example", "Ben Sample", "Chloé Sørensen")
PLACES = (
    ("Harbour Café", "harbour.cafe", "Coffee and cake by the old lock."),
    ("Lock Museum", "lock.museum", "How water learned to climb."),
)
PAGE_POSTS = (
    "We are open on Sundays from ten to four. Ask us anything!",
    "The plum cake is back.",
)


def seed(domain: Domain) -> None:
    """Fill an empty world; one that has people stays as it is."""
    world = domain.world
    if len(world.people):
        return
    owner = world.add_person(OWNER, has_role=True)
    moderator = world.add_person(MODERATOR, has_role=True)
    for name in CUSTOMERS:
        world.add_person(name)
    for name, username, about in PLACES:
        page = Page(world.number("page", 100_200_300_400_001), name, username, about, world.number("business", 900_100))
        page.tasks = {owner.id: list(TASKS), moderator.id: ["MODERATE", "ANALYZE"]}
        account = InstagramAccount(
            world.number("instagram", 17_841_400_000_000_001),
            username,
            name,
            page.id,
            world.number("instagram_scoped", 25_000_100_000_000_001),
            [owner.id],
        )
        page.instagram_id = account.id
        world.pages.put(page)
        world.instagrams.put(account)
        _first_posts(world, page, account)


def _first_posts(world: World, page: Page, account: InstagramAccount) -> None:
    """Posts from before anybody listened: no webhook tells them."""
    now = world.now()
    for at, text in enumerate(PAGE_POSTS, start=1):
        created = now - 3 * DAY + at * HOUR
        post_id = f"{page.id}_{world.number('post', 122_104_000_000_001)}"
        world.posts.put(Post(post_id, page.id, page.id, text, created, created))
    for product_type, caption in (("FEED", "Morning light."), ("REELS", "Thirty seconds of plum cake."), ("STORY", "")):
        data = plain_picture(f"{account.username} {product_type}", size=320)
        photo = world.keep_file(data, name=f"{product_type.lower()}.png", content_type="image/png")
        number = world.number("media", 17_895_695_668_004_550)
        shortcode = f"C{number[-6:]}{account.username[:4]}"
        world.media.put(Media(number, account.id, caption, shortcode, now - 2 * HOUR, photo.id, product_type))
