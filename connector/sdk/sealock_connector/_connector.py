# SPDX-License-Identifier: Apache-2.0
"""What an author writes: a `Connector`, and as many of the optional capabilities as the origin has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import ClassVar, Literal, Protocol, runtime_checkable

from sealock_connector._types import (
    Account,
    Done,
    Event,
    Form,
    OpenedFile,
    OriginLimits,
    Posted,
    Pull,
    Pulled,
    Redirect,
    Reply,
    SetupStep,
    WebhookAnswer,
    WebhookRequest,
)
from sealock_connector.localisation import Catalogues


class Connector(ABC):
    """
    The base of every connector: it says what the origin is, sets up accounts, and pulls what is new.

    Other capabilities are methods of the protocols below; a connector has a capability by having its method.
    One object serves all accounts and all calls at once, so it keeps nothing about either.
    """

    origin: ClassVar[str]
    """The origin's short name: lower-case letters, digits and hyphens."""
    display_name: ClassVar[str]
    """The origin's name for people."""
    version: ClassVar[str] = "0"
    """The connector's own version; becomes part of the manifest's."""
    description: ClassVar[str] = ""
    """A few sentences for the about page, plain text."""
    limits: ClassVar[OriginLimits] = OriginLimits()
    """The origin's own limits. The SDK refuses longer replies before `channelback` is called."""
    catalogues: ClassVar[Catalogues] = Catalogues()
    """Translations of what it says to administrators as `Text`."""
    setup_kinds: ClassVar[Sequence[Literal["form", "redirect"]]] = ("form",)
    """What an administrator meets: forms, or the origin's sign-in page."""
    unconnected_follow_ups: ClassVar[bool] = False
    """True for a chat: a new message in a thread whose ticket is closed makes a ticket of its own."""

    allowed_networks: Sequence[IPv4Network | IPv6Network] = ()
    """
    Private networks that this deployment may call (`--allow-network`), set before `configure` and `open`. Pass it
    on: `origin_client(allowed_networks=self.allowed_networks)`.
    """

    def add_options(self, parser: ArgumentParser) -> None:  # noqa: B027
        """Add the connector's own command line options to those of `serve`."""

    def configure(self, options: Namespace) -> None:  # noqa: B027
        """Take the parsed command line; called once, before `open`."""

    @property
    def clickthrough_hosts(self) -> Sequence[str]:
        """Hosts that clickthrough may lead to without asking: `example.com`, `*.example.com`, `example.com:8443`."""
        return ()

    async def open(self) -> None:  # noqa: B027
        """Called once in the server's event loop before the first call; open clients here."""

    async def close(self) -> None:  # noqa: B027
        """Called once after the last call."""

    @abstractmethod
    async def setup(self, step: SetupStep) -> Form | Redirect | Done:
        """Take one step of setting up or editing an account. Try the credentials before `Done`."""

    @abstractmethod
    def pull(self, pull: Pull) -> AsyncIterator[Pulled]:
        """
        Yield what is new since `pull.state`, oldest first, parents before their children.

        The SDK stops asking when the page is full or time is short. An error raised after some steps does not
        lose them: they are answered, and the next pull goes on from there.
        """

    def origin_account_key(self, account: Account) -> str:  # noqa: ARG002
        """The origin's own name for the account, by which its webhooks speak of it; empty without webhooks."""
        return ""


@runtime_checkable
class TakesReplies(Protocol):
    """Agents' replies are posted at the origin."""

    async def channelback(self, reply: Reply) -> Posted:
        """Post the reply. The SDK sees to it that this is called once for each reply that was posted."""
        ...


@runtime_checkable
class FindsReplies(Protocol):
    """A reply whose outcome is unknown can be looked for at the origin."""

    async def find_reply(self, reply: Reply) -> Posted | None:
        """The reply as it was posted since `reply.first_tried_at`; None if it certainly was not."""
        ...


@runtime_checkable
class RepeatsSafely(Protocol):
    """The origin itself takes a token with each reply, and posts a repeated one once."""

    repeats_safely: ClassVar[bool]


@runtime_checkable
class TakesFiles(Protocol):
    """Channelback takes the reply's files (`reply.files`) too."""

    takes_files: ClassVar[bool]


@runtime_checkable
class ResolvesClickthrough(Protocol):
    """An external id leads to a page of the origin."""

    async def resolve_clickthrough(self, external_id: str) -> str:
        """The page's URL. Anyone can ask: raise `NotFound` for an id that this connector does not make."""
        ...


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """The origin can announce what is new."""

    async def receive_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """Check the signature, then say what to answer and which accounts have something new for a pull."""
        ...


@runtime_checkable
class OpensFiles(Protocol):
    """Resources carry file references that the connector can open."""

    async def open_file(self, account: Account, reference: str) -> OpenedFile:
        """Open the file that `File.reference` named."""
        ...


@runtime_checkable
class HandlesEvents(Protocol):
    """The connector wants Zendesk's events."""

    async def handle_event(self, event: Event) -> None:
        """Take note of an event."""
        ...
