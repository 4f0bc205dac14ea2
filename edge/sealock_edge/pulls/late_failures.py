# SPDX-License-Identifier: Apache-2.0
"""Replies that failed after they were answered: their agents are told, by Zendesk's API or by a note in the ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from sealock.connector.v1.external_resource_pb2 import Author, ExternalResource
from sealock.connector.v1.pull_pb2 import FailedReply, PullResponse
from sealock_edge.calls import Integration
from sealock_edge.pages import translations
from sealock_edge.sealing import OpenAccount
from sealock_edge.telemetry import Journal
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.values import is_id
from sealock_edge.zendesk_api import ZendeskApi, ZendeskBusy, ZendeskRefused, ZendeskUnavailable

SECONDS: Final = 10.0
"""How long a pull waits until Zendesk was told of all of them. Of the others a note tells."""
WORDS: Final = "A reply on this ticket did not reach {origin}: it was taken there at first, and failed later."


class Told(StrEnum):
    """How an agent learns of it, by the names of metrics and logs."""

    REPORTED = "reported"
    """By report_error: the reply itself is marked."""
    NOTED = "noted"
    """By an internal note, which goes with the pull."""
    UNTOLD = "untold"
    """Not at all: its id is none, or the pull has no room for another note."""


class LateFailures:
    """Tells of late failures, each by one of the two ways, so that an account that cannot push loses nothing."""

    def __init__(self, api: ZendeskApi, journal: Journal, now: Callable[[], datetime]) -> None:
        self._api = api
        self._journal = journal
        self._now = now

    async def tell(self, pulled: PullResponse, account: OpenAccount, integration: Integration, request_id: str) -> None:
        """Tell of the replies that a connector's answer says have failed. Those that need a note get one in it."""
        failed = list(pulled.failed_replies)[: limits.FAILED_REPLIES_ITEMS]
        reported = await self._report([each for each in failed if is_id(each.external_id)], account, request_id)
        for each in failed:
            told = Told.REPORTED
            if each.external_id not in reported:
                told = Told.UNTOLD
                if is_id(each.external_id) and len(pulled.resources) < limits.PULL_ITEMS:
                    told = Told.NOTED
                    pulled.resources.append(self._note(each, account, integration))
            integration.metrics.late_failure(told)
            self._journal.reply_failed_late(
                request_id=request_id,
                integration=integration.config.path,
                account_id=account.account_id,
                external_id=each.external_id if is_id(each.external_id) else "",
                told=told,
            )

    async def _report(self, failed: list[FailedReply], account: OpenAccount, request_id: str) -> set[str]:
        """The ids of those that Zendesk took."""
        reported: set[str] = set()
        try:
            async with asyncio.timeout(SECONDS):
                for each in failed:
                    if await self._api.may_push(account) is not None:
                        break
                    try:
                        await self._api.report_error(
                            account,
                            external_id=each.external_id,
                            description=each.message_for_agent,
                            request_id=request_id,
                        )
                    except ZendeskRefused:
                        continue
                    reported.add(each.external_id)
        except (ZendeskBusy, ZendeskUnavailable, TimeoutError):
            pass
        return reported

    def _note(self, failed: FailedReply, account: OpenAccount, integration: Integration) -> ExternalResource:
        """The same id each time, so that Zendesk takes it once."""
        words = translations(account.record.locale).filled(WORDS, origin=integration.origin)
        note = ExternalResource(
            external_id=f"sealock-failed-{blake2b(failed.external_id.encode(), digest_size=16).hexdigest()}",
            message="\n".join(filter(None, (words, failed.message_for_agent))),
            parent_id=failed.external_id,
            author=Author(external_id=f"sealock-{integration.config.path}", name=integration.origin),
            internal_note=True,
        )
        note.create_time.FromDatetime(self._now())
        return note
