# SPDX-License-Identifier: Apache-2.0
"""What HTTP and JSON ask of every answer before its content counts: status, time, size, type, and strict JSON."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from sealock_devkit.zendesk.judge.findings import Finding, Findings, Source

MOST_NESTED = 100
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """Bytes that are not JSON. `found` says what they are instead, without a part of them."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def strict_json(body: bytes) -> Any:
    """
    Parse JSON. Raises `NotJson` for everything that is not, halves of characters included, and for more than 100
    arrays and objects inside each other.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except UnicodeDecodeError:
        raise NotJson("bytes that are not UTF-8") from None
    except UnicodeEncodeError:
        raise NotJson("half a character") from None
    except json.JSONDecodeError as error:
        raise NotJson(_instead(body, error)) from None
    except NotJson:
        raise
    except ValueError:
        raise NotJson("a number of too many digits") from None
    if _is_deep(value):
        raise NotJson("nested too deeply")
    return value


def repeated_keys(body: bytes) -> int:
    """How many keys of objects come again in the same object, in JSON that `strict_json` took. The last one counts."""
    repeated = 0

    def count(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated += len(pairs) - len({key for key, _ in pairs})

    json.loads(body, object_pairs_hook=count)
    return repeated


def _no_constant(name: str) -> NoReturn:
    raise NotJson(name)


def _instead(body: bytes, error: json.JSONDecodeError) -> str:
    text = body.strip()
    if not text:
        return "nothing"
    if text.startswith(BYTE_ORDER_MARK):
        return "a byte order mark before it"
    if text.startswith(b"<"):
        return "HTML or XML"
    return f"an error in line {error.lineno}, column {error.colno}"


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_NESTED):
        level = [item for holder in level for item in _inside(holder)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if not isinstance(value, dict | list):
        return []
    items = value.values() if isinstance(value, dict) else value
    return [item for item in items if isinstance(item, dict | list)]


NOT_NOW = frozenset({429, 502, 503, 504})
"""How a service says that it is not there for the moment. A failure as any other, and no rule is broken."""


def too_slow(seconds: float) -> Finding:
    """An answer that was not there in time."""
    return Finding("", f"the whole answer within {seconds:g} seconds", "protocol", "no end in time")


def too_large(most: int) -> Finding:
    """An answer that nobody reads to its end."""
    return Finding("", f"at most {most} bytes", "protocol", "more")


def check_status(status: int, rule: str, findings: Findings, source: Source = "protocol") -> None:
    """Record a status that breaks `rule`, unless it only says that the service is not there for the moment."""
    if status not in NOT_NOW:
        findings.add("", rule, source, f"HTTP {status}")


def check_content_type(content_type: str, asked: str, source: Source, findings: Findings) -> None:
    """Check a media type; an empty one was not sent."""
    if content_type != asked:
        findings.add("", f"content type {asked}", source, content_type or "none")


def read_json(body: bytes, findings: Findings) -> Any:
    """Parse a body. Raises `NotJson`, after it was recorded; keys that come twice are recorded too."""
    try:
        value = strict_json(body)
    except NotJson as broken:
        findings.add("", "JSON", "protocol", broken.found)
        raise
    again = repeated_keys(body)
    if again:
        findings.add("", "each key once in an object", "advice", f"{again} more than once; the last one counts")
    return value
