# SPDX-License-Identifier: Apache-2.0
"""The fields of a connector's log lines, and the lines of its faults."""

from __future__ import annotations

import logging
import sys
from typing import Final, TextIO

from sealock_connector.errors import InvalidAnswer
from sealock_contract import log_lines
from sealock_contract.log_lines import described

FIELDS: Final = ("method", "code", "reason", "ms", "error", "frames", "listen", "port", "origin", "signal", "option")
"""What a line may have besides what every line has."""


def log_to(stream: TextIO | None = None, level: str = "info") -> None:
    """Send the process's log lines to the stream, stderr by default."""
    log_lines.log_to(stream or sys.stderr, level.upper(), FIELDS)


def log_fault(log: logging.Logger, words: str, error: BaseException) -> None:
    """Log a fault of the connector: the error's type and where it was raised, its text only if it is ours."""
    if isinstance(error, InvalidAnswer):
        words = f"{words}: {error}"
    log.error(words, extra={"event": "fault", **described(error)})
