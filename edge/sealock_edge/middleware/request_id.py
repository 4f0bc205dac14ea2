# SPDX-License-Identifier: Apache-2.0
"""Every call has an id that the answer, the log lines and the connector's log lines share."""

from __future__ import annotations

import re
from collections.abc import Callable

from falcon.asgi import Request, Response

from sealock_edge.connectors import Budget
from sealock_edge.integration import Call

OTHER_SECONDS = 25.0
"""The edge's time for calls other than pull and channelback: somebody waits for a page."""

_FITS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)


class RequestId:
    """Takes `X-Request-Id` from the ingress if it can stand in a log line as it is; else makes one."""

    def __init__(self, new_id: Callable[[], str], clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._new_id = new_id
        self._clock = clock

    async def process_request(self, req: Request, resp: Response) -> None:
        """Begin the call."""
        given = req.get_header("X-Request-Id")
        request_id = given if given is not None and _FITS.fullmatch(given) else self._new_id()
        arrived = self._clock()
        req.context.call = Call(request_id, arrived, Budget(arrived + OTHER_SECONDS, self._clock))
        resp.set_header("X-Request-Id", request_id)
