# SPDX-License-Identifier: Apache-2.0
"""What people, Pages and apps can do, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from sealock_devkit.emulators.meta.cdn import Cdn
from sealock_devkit.emulators.meta.fetching import Fetch, Handshake
from sealock_devkit.emulators.meta.gallery import Gallery
from sealock_devkit.emulators.meta.inboxes import Inboxes
from sealock_devkit.emulators.meta.tokens import Tokens
from sealock_devkit.emulators.meta.walls import Walls
from sealock_devkit.emulators.meta.webhooks.announcements import Announcements
from sealock_devkit.emulators.meta.webhooks.outbox import Outbox, Post
from sealock_devkit.emulators.meta.world import World


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


def make_domain(world: World, *, post: Post, fetch: Fetch, handshake: Handshake) -> Domain:
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
