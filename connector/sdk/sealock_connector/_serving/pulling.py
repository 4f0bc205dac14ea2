# SPDX-License-Identifier: Apache-2.0
"""Collecting the answer to a pull: until it is full, time is short, or something goes wrong."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock_connector._deadlines import Deadline, TimeLimit
from sealock_connector._translate.resources import parts_of, write_resource
from sealock_connector._types import Pulled, State
from sealock_connector.errors import Cause, OriginUnavailable
from sealock_contract.limits import PAGE_BYTES, PAGE_PARTS, PAGE_RESOURCES, RESOURCE_BYTES
from sealock_contract.wire import FEWEST_BYTES

MOST_BYTES = RESOURCE_BYTES
"""What a page may have that is asked to be larger than the edge asks, or whose first resource is."""
_OVERHEAD = 6
"""A resource's tag and length in the answer, at most."""


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How large a page may be."""

    resources: int = PAGE_RESOURCES
    bytes: int = PAGE_BYTES

    @classmethod
    def asked_for(cls, request: PullRequest) -> PageLimits:
        """What the request says, within what the contract allows."""
        return cls(
            resources=min(request.max_resources or PAGE_RESOURCES, PAGE_RESOURCES),
            bytes=min(request.max_bytes or PAGE_BYTES, MOST_BYTES),
        )


@dataclass(slots=True)
class Page:
    """What was collected."""

    limits: PageLimits = PageLimits()
    answer: PullResponse = field(default_factory=PullResponse)
    """With the resources so far, and nothing else."""
    after: State | None = None
    """The state after the last step of the page; None if there was no step."""
    more: bool = False
    interruption: Exception | None = None
    """What ended the page early."""
    _size: int = 0
    _counted: int = 0
    """Of so many resources the parts were counted."""
    _parts: int = 0

    def take(self, step: Pulled) -> bool:
        """Put the step into the page; False if it does not fit, or the page is full."""
        resources = self.answer.resources
        if step.resource is not None:
            try:
                self._size += write_resource(step.resource, resources.add()) + _OVERHEAD
            except BaseException:
                del resources[-1]
                raise
            if len(resources) > 1 and (self._size > self.limits.bytes or self._has_too_many_parts()):
                del resources[-1]
                return False
        self.after = step.after
        return len(resources) < self.limits.resources

    def _has_too_many_parts(self) -> bool:
        """Only a page of more bytes than twice as many may have them."""
        if self._size <= FEWEST_BYTES * PAGE_PARTS:
            return False
        uncounted = self.answer.resources[self._counted :]
        self._parts += sum(map(parts_of, uncounted))
        self._counted += len(uncounted)
        return self._parts > PAGE_PARTS


async def collect(steps: AsyncIterator[Pulled], limits: PageLimits, deadline: Deadline) -> Page:
    """
    Take steps until the page is full, the deadline is near, the steps end or fail.

    An error does not lose the steps before it: they are in the page, with the error as its interruption.
    """
    page = Page(limits)
    try:
        with (limit := TimeLimit(deadline.at)):
            await _fill(page, steps, deadline)
    except TimeoutError as error:
        if limit.expired:
            _out_of_time(page)
        else:
            page.interruption = error
    except Exception as error:  # noqa: BLE001
        page.interruption = error
    return page


async def _fill(page: Page, steps: AsyncIterator[Pulled], deadline: Deadline) -> None:
    try:
        async for step in steps:
            if not page.take(step):
                page.more = True
                return
            if deadline.left <= 0:
                _out_of_time(page)
                return
    finally:
        await close(steps)


def _out_of_time(page: Page) -> None:
    page.more = True
    if page.after is None:
        page.interruption = OriginUnavailable("the origin did not answer in time", cause=Cause.TIMED_OUT)


async def close(iterator: AsyncIterator[Any]) -> None:
    """Close an iterator that nothing more is taken of, if it is a generator."""
    if isinstance(iterator, AsyncGenerator):
        await iterator.aclose()
