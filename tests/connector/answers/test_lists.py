# SPDX-License-Identifier: Apache-2.0
"""Lists are read to their end, whatever an origin cannot give at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sealock_connector import AccountRevoked, Cause, OriginUnavailable
from sealock_connector.egress import AnswerLate, AnswerTooLarge, TooMuchAsked
from sealock_connector.lists import Lists, Part

ROOM = 100
MOST = 100


class Origin:
    """An origin with a list of items, each of a size, that gives so much at once and no more."""

    def __init__(self, sizes: Sequence[int], error: type[TooMuchAsked] = AnswerTooLarge) -> None:
        self.sizes = sizes
        self.error = error
        self.calls: list[tuple[int, int, int]] = []

    async def part(self, at: int, size: int, step: int) -> Part[int, int]:
        """The part from a position on. With step 1 an item has the size 1."""
        self.calls.append((at, size, step))
        found = range(len(self.sizes))[at : at + size]
        if sum(1 if step else self.sizes[item] for item in found) > ROOM:
            raise self.error
        following = at + len(found)
        return Part(found, following if following < len(self.sizes) else None)


async def walked(origin: Origin, *, most: int = MOST, steps: int = 1) -> list[tuple[int, int]]:
    found = []
    async for part in Lists(most).walk(origin.part, 0, steps=steps):
        found += [(item, part.step) for item in part.items]
    return found


@given(
    st.lists(st.sampled_from([0, 1, 5, 40, 99, 101, 5_000]), max_size=150),
    st.sampled_from([AnswerTooLarge, AnswerLate]),
)
@example([101] * 30, AnswerTooLarge)
@example([1] * 50 + [101] + [1] * 150, AnswerLate)
def test_every_item_comes_once_and_only_what_is_too_large_alone_with_fewer_fields(
    sizes: Sequence[int], error: type[TooMuchAsked]
) -> None:
    origin = Origin(sizes, error)
    expected = [(number, 1 if size > ROOM else 0) for number, size in enumerate(sizes)]
    assert asyncio.run(walked(origin)) == expected
    assert len(origin.calls) <= 10 + 4 * len(sizes)


async def test_a_list_without_anything_large_takes_as_few_calls_as_it_has_pages() -> None:
    origin = Origin([1] * 950)
    await walked(origin)
    assert len(origin.calls) == 10


async def test_after_a_large_item_the_pages_grow_again() -> None:
    origin = Origin([0] * 50 + [5_000] + [0] * 950)
    await walked(origin)
    assert max(size for _, size, _ in origin.calls[-3:]) == MOST
    assert len(origin.calls) < 40


async def test_what_was_too_late_is_asked_for_by_an_eighth_so_that_the_pull_has_time_for_it() -> None:
    origin = Origin([60] * 4, AnswerLate)
    await walked(origin)
    assert [size for _, size, _ in origin.calls[:3]] == [100, 12, 1]


async def test_what_one_list_taught_holds_for_the_next_one_of_the_pull() -> None:
    lists, origin = Lists(MOST), Origin([60] * 5)
    [part async for part in lists.walk(origin.part, 0)]
    origin.calls.clear()
    [part async for part in lists.walk(origin.part, 0)]
    assert origin.calls[0][1] <= 2


async def test_where_nothing_helps_the_first_error_is_told() -> None:
    errors = iter([AnswerTooLarge("first"), *(AnswerLate("later") for _ in range(9))])

    async def call(_size: int, _step: int) -> None:
        raise next(errors)

    with pytest.raises(AnswerTooLarge, match="first"):
        await Lists(8).ask(call, steps=2)


async def test_an_error_that_less_does_not_help_comes_at_once() -> None:
    calls = 0

    async def call(_size: int, _step: int) -> None:
        nonlocal calls
        calls += 1
        raise AccountRevoked

    with pytest.raises(AccountRevoked):
        await Lists(8).ask(call, steps=2)
    assert calls == 1


async def test_an_origin_that_has_errors_of_its_own_says_which_of_them_mean_too_much() -> None:
    async def call(size: int, _step: int) -> str:
        if size > 3:
            raise ValueError("please reduce the amount of data")
        return "some"

    got = await Lists(8, too_much=lambda error: isinstance(error, ValueError)).ask(call)
    assert (got.answer, got.size, got.step) == ("some", 1, 0)


async def test_no_less_than_the_least_is_asked_for() -> None:
    sizes = []

    async def call(size: int, step: int) -> int:
        sizes.append(size)
        if not step:
            raise AnswerTooLarge
        return step

    got = await Lists(9, least=2).ask(call, steps=1)
    assert (sizes, got.answer) == ([9, 4, 2, 2], 1)


async def test_where_only_a_few_are_left_less_than_these_is_asked_for() -> None:
    sizes = []

    async def call(size: int, _step: int) -> int:
        sizes.append(size)
        if size > 1:
            raise AnswerTooLarge
        return size

    await Lists(100).ask(call, most=3)
    assert sizes == [3, 1]


async def test_an_empty_part_in_the_middle_is_not_the_end() -> None:
    parts: dict[int, Part[int, int]] = {0: Part([1], 1), 1: Part([], 2), 2: Part([2], None)}

    async def call(at: int, _size: int, _step: int) -> Part[int, int]:
        return parts[at]

    assert [item async for part in Lists(8).walk(call, 0) for item in part.items] == [1, 2]


@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_list_that_does_not_end_is_left(ahead: int) -> None:
    async def call(at: int, _size: int, _step: int) -> Part[int, int]:
        return Part([], at + ahead)

    with pytest.raises(OriginUnavailable) as refused:
        [part async for part in Lists(8).walk(call, 0)]
    assert refused.value.cause is Cause.UNREADABLE
