# SPDX-License-Identifier: Apache-2.0
"""
How a call ends whose caller was still sending when it was answered.

gRPC's client for asyncio takes a write that fails for a fault of its own: the call ends with INTERNAL, whatever the
server said. But a write fails because the call has ended, and how it ended comes a moment later.
"""

from __future__ import annotations

from typing import Any

import grpc.aio


def end_as_answered(call: grpc.aio.StreamUnaryCall[Any, Any]) -> None:
    """
    Let the call end with the status that the server gives it, also when that comes while a request is being written.

    Call it before anything is written. It needs a part of gRPC's inside; where that is not there, nothing is changed.
    """
    inside = getattr(call, "_cython_call", None)
    if inside is not None:
        call._cython_call = _NotSpoiled(inside)  # type: ignore[attr-defined]  # noqa: SLF001


class _NotSpoiled:
    """gRPC's call, but for its notes of failed writes. Whoever wrote waits for the status then, as after a read."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def set_internal_error(self, _words: str) -> None:
        """Not noted: the status is on its way."""
