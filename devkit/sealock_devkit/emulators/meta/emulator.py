# SPDX-License-Identifier: Apache-2.0
"""What people, Pages and apps can do, in one place, and what a new emulator begins with."""

from __future__ import annotations

from dataclasses import dataclass

from sealock_devkit.emulators.meta.content import Inboxes, InstagramPosts, PagePosts
from sealock_devkit.emulators.meta.files import Cdn, Fetch, Handshake, plain_picture
from sealock_devkit.emulators.meta.logins import Tokens
from sealock_devkit.emulators.meta.records import TASKS, InstagramAccount, Media, Page, Post
from sealock_devkit.emulators.meta.settings import DAY, HOUR
from sealock_devkit.emulators.meta.store import Store
from sealock_devkit.emulators.meta.webhooks import Announcements, Deliver, DeliveryQueue

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


@dataclass(frozen=True, slots=True)
class Emulator:
    """The store, and the services that change it."""

    store: Store
    tokens: Tokens
    cdn: Cdn
    deliveries: DeliveryQueue
    page_posts: PagePosts
    instagram_posts: InstagramPosts
    inboxes: Inboxes
    fetch: Fetch
    handshake: Handshake


def make_emulator(store: Store, *, post: Deliver, fetch: Fetch, handshake: Handshake) -> Emulator:
    """Put them together. `post` sends webhooks, `fetch` gets files, `handshake` asks webhooks."""
    cdn = Cdn(store)
    deliveries = DeliveryQueue(store, post)
    announcements = Announcements(store, deliveries, cdn)
    return Emulator(
        store,
        Tokens(store),
        cdn,
        deliveries,
        PagePosts(store, announcements),
        InstagramPosts(store, announcements),
        Inboxes(store, announcements),
        fetch,
        handshake,
    )


def seed(emulator: Emulator) -> None:
    """Fill an empty store; one that has people stays as it is."""
    store = emulator.store
    if len(store.people):
        return
    owner = store.add_person(OWNER, has_role=True)
    moderator = store.add_person(MODERATOR, has_role=True)
    for name in CUSTOMERS:
        store.add_person(name)
    for name, username, about in PLACES:
        page = Page(store.number("page", 100_200_300_400_001), name, username, about, store.number("business", 900_100))
        page.tasks = {owner.id: list(TASKS), moderator.id: ["MODERATE", "ANALYZE"]}
        account = InstagramAccount(
            store.number("instagram", 17_841_400_000_000_001),
            username,
            name,
            page.id,
            store.number("instagram_scoped", 25_000_100_000_000_001),
            [owner.id],
        )
        page.instagram_id = account.id
        store.pages.put(page)
        store.instagrams.put(account)
        _first_posts(store, page, account)


def _first_posts(store: Store, page: Page, account: InstagramAccount) -> None:
    """Posts from before anybody listened: no webhook tells them."""
    now = store.now()
    for at, text in enumerate(PAGE_POSTS, start=1):
        created = now - 3 * DAY + at * HOUR
        post_id = f"{page.id}_{store.number('post', 122_104_000_000_001)}"
        store.posts.put(Post(post_id, page.id, page.id, text, created, created))
    for product_type, caption in (("FEED", "Morning light."), ("REELS", "Thirty seconds of plum cake."), ("STORY", "")):
        data = plain_picture(f"{account.username} {product_type}", size=320)
        photo = store.keep_file(data, name=f"{product_type.lower()}.png", content_type="image/png")
        number = store.number("media", 17_895_695_668_004_550)
        shortcode = f"C{number[-6:]}{account.username[:4]}"
        store.media.put(Media(number, account.id, caption, shortcode, now - 2 * HOUR, photo.id, product_type))
