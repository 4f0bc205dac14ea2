# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
import logging

import pytest

from sealock_connector._telemetry import FIELDS
from sealock_contract.log_lines import JsonLines


@pytest.fixture
def log_lines():
    """A function that gives the log lines so far, as the process would have written them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(FIELDS))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)
