# SPDX-License-Identifier: Apache-2.0
"""The status that log, metrics and traces give to a call, by what ended it."""

from __future__ import annotations

import asyncio

import grpc.aio
import pytest

from sealock_connector import OriginThrottled
from sealock_connector._serving.interceptors import CallStatus


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (OriginThrottled(), "RESOURCE_EXHAUSTED", "ORIGIN_THROTTLED"),
        (ValueError(), "INTERNAL", "INTERNAL"),
        (grpc.aio.AbortError(), "PERMISSION_DENIED", ""),
        (asyncio.CancelledError(), "CANCELLED", ""),
        (GeneratorExit(), "CANCELLED", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_a_call_ends_with_one_status(error, code, reason):
    assert (CallStatus.after(error).code.name, CallStatus.after(error).reason) == (code, reason)


def test_a_call_in_which_nothing_was_raised_is_answered():
    assert (CallStatus().code.name, CallStatus().reason) == ("OK", "")
