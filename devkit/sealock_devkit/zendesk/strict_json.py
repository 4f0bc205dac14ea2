# SPDX-License-Identifier: Apache-2.0
"""JSON as it may travel: UTF-8, whole characters, real numbers."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MOST_NESTED = 100


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def strict_json(body: bytes) -> Any:
    """
    Parse JSON. Raises `ValueError` for everything that is not, halves of characters included, and for arrays and
    objects inside each other more than 100 times.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deep(value):
        raise ValueError("nested too deeply")
    if b"\\u" in body:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_NESTED + 1):
        level = [item for holder in level for item in _inside(holder)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if not isinstance(value, dict | list):
        return []
    items = value.values() if isinstance(value, dict) else value
    return [item for item in items if isinstance(item, dict | list)]
