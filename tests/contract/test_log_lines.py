# SPDX-License-Identifier: Apache-2.0
"""Log lines have the same fields on both sides, and never an exception's text."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_contract.log_lines import JsonLines, described, line, log_to, request_id

CANARY = "canary-6161"
FIELDS = ("method", "reason")


def formatted(*arguments, error: BaseException | None = None, name: str = "some.logger", **extra) -> dict:
    info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord(name, logging.WARNING, "file.py", 1, *arguments, info)
    for field, value in extra.items():
        setattr(record, field, value)
    return json.loads(JsonLines(FIELDS).format(record))


def raised() -> Exception:
    """An exception with a cause, and with a secret in the texts of both."""
    try:
        try:
            {}[CANARY]
        except LookupError as error:
            raise ValueError(CANARY) from error
    except ValueError as error:
        return error


def test_a_line_is_one_object_of_known_fields():
    found = formatted("two\nlines %s", ("of words",), method="Pull", password=CANARY)
    assert datetime.fromisoformat(found.pop("time")).utcoffset() == timedelta()
    assert found == {
        "level": "warning",
        "logger": "some.logger",
        "event": "log",
        "message": "two\nlines of words",
        "method": "Pull",
    }


def test_the_event_is_named_where_it_has_a_name():
    assert formatted("call", (), event="call")["event"] == "call"


def test_the_time_is_in_utc_to_the_millisecond():
    time = datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=timezone(timedelta(hours=1)))
    assert json.loads(line(time, "info", "a", "b", {}))["time"] == "2026-01-02T02:04:05.678Z"


def test_of_an_exception_only_types_and_places_are_told():
    found = formatted("failed: %s", (CANARY,), error=raised())
    assert found["error"] == ["builtins.ValueError", "builtins.KeyError"]
    assert found["frames"][-1].startswith("test_log_lines.py:")
    assert found["message"] == "failed: %s"
    assert CANARY not in str(found)


@pytest.mark.parametrize("words", [f"it failed: {CANARY}", ValueError(CANARY), f"it failed: {raised()!r}"])
def test_words_that_an_exceptions_text_was_written_into_are_left_out(words):
    found = formatted(words, (), error=raised())
    assert "message" not in found
    assert CANARY not in str(found)


@pytest.mark.parametrize("error", [ValueError(), KeyError("it")])
def test_an_exception_that_says_next_to_nothing_takes_no_words_away(error):
    assert formatted("it failed", (), error=error)["message"] == "it failed"


def test_a_long_chain_and_a_deep_stack_make_a_short_line():
    def deep(depth: int) -> None:
        if depth:
            return deep(depth - 1)
        raise ValueError(CANARY)

    error: BaseException = ValueError()
    for _ in range(20):
        try:
            deep(40)
        except ValueError as next_error:
            next_error.__cause__ = error
            error = next_error
    assert (len(described(error)["error"]), len(described(error)["frames"])) == (8, 12)


def test_what_asyncio_says_of_a_forgotten_task_ends_before_the_exceptions_text():
    found = formatted(f"Task exception was never retrieved\nfuture: {CANARY}", (), error=raised(), name="asyncio")
    assert found["message"] == "Task exception was never retrieved"
    assert CANARY not in str(found)


def test_within_a_call_lines_have_its_id():
    assert "request_id" not in formatted("words", ())
    token = request_id.set("r-1")
    try:
        assert formatted("words", ())["request_id"] == "r-1"
    finally:
        request_id.reset(token)


@given(st.text(), st.dictionaries(st.text(min_size=1), st.one_of(st.text(), st.integers(), st.none()), max_size=3))
def test_any_text_makes_one_line_that_can_be_read(text, fields):
    written = line(datetime.now(UTC), "info", "logger", text, fields)
    assert b"\n" not in written
    read = json.loads(written)
    for name, value in fields.items():
        assert read[name] == value


@pytest.fixture
def root():
    """The root logger, as it was afterwards."""
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    logger.handlers[:] = []
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)


def test_all_lines_of_the_process_go_to_the_stream(root):
    stream = io.StringIO()
    log_to(stream, "INFO", FIELDS)
    logging.getLogger("a.library").info("words", extra={"method": "Pull"})
    logging.getLogger("a.library").debug("too quiet")
    logging.getLogger("httpx2").info("a URL with %s", CANARY)
    try:
        {}[CANARY]
    except LookupError:
        logging.getLogger("a.library").exception("it failed")
    lines = [json.loads(each) for each in stream.getvalue().splitlines()]
    assert [(each.get("message"), each.get("method"), each.get("error")) for each in lines] == [
        ("words", "Pull", None),
        ("it failed", None, ["builtins.KeyError"]),
    ]
    assert CANARY not in stream.getvalue()


def test_warnings_of_python_are_lines_too():
    code = (
        "import sys, warnings\n"
        "from sealock_contract.log_lines import log_to\n"
        "log_to(sys.stderr)\n"
        "warnings.warn('old, and\\nin two lines', UserWarning)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    [said] = ran.stderr.splitlines()
    assert (json.loads(said)["logger"], json.loads(said)["level"]) == ("py.warnings", "warning")
