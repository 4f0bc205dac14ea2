# SPDX-License-Identifier: Apache-2.0
"""One line for each call: method, code, reason, duration, request id; nothing of what was said."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from sealock_connector._interceptors.around import Around, Call, Context
from sealock_connector._interceptors.ending import Ending
from sealock_contract.log_lines import request_id

_log = logging.getLogger("sealock_connector.calls")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class AccessLog(Around):
    """Logs each call, and gives its log lines the caller's request id."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Log the call once it ended."""
        request_id.set(_request_id(call.context))
        start = self._clock()
        ending = Ending()
        try:
            yield
        except BaseException as error:
            ending = Ending.by(error)
            raise
        finally:
            milliseconds = round((self._clock() - start) * 1000, 1)
            fields = {"event": "call", "method": call.method, "code": ending.code.name, "ms": milliseconds}
            _log.info("call", extra=fields | ({"reason": ending.reason} if ending.reason else {}))


def _request_id(context: Context) -> str:
    for name, value in context.invocation_metadata() or ():
        if name == "x-request-id" and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid4().hex
