# SPDX-License-Identifier: Apache-2.0
"""JSON as it may travel: UTF-8, whole characters, real numbers."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def strict_json(body: bytes) -> Any:
    """Parse JSON. Raises `ValueError` for everything that is not, halves of characters included."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\u" in body:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value
