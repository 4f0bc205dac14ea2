# SPDX-License-Identifier: Apache-2.0
"""Only named callers: the names in the client's certificate decide."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import grpc

from sealock_connector._interceptors.around import Around, Call

_log = logging.getLogger(__name__)

_NAMES = ("x509_subject_alternative_name", "x509_common_name")


class Callers(Around):
    """Refuses calls whose client certificate carries none of the allowed names."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(name.encode() for name in allowed)

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Let the call in, or refuse it with PERMISSION_DENIED."""
        identity = call.context.auth_context()
        names = {name for kind in _NAMES for name in identity.get(kind, ())}
        if self._allowed.isdisjoint(names):
            _log.warning("a caller that is not allowed was refused", extra={"method": call.method})
            await call.context.abort(grpc.StatusCode.PERMISSION_DENIED, "this caller is not allowed")
        yield
