# SPDX-License-Identifier: Apache-2.0
"""JSON that is nearly JSON is read where it is unambiguous, and nowhere else."""

from __future__ import annotations

import gzip
import json
import logging
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from sealock_connector._answers.nearly_json import read
from sealock_connector._telemetry import Metrics, current_metrics
from sealock_connector.answers import json_of
from sealock_connector.egress import AnswerTooLarge
from sealock_connector.errors import OriginUnavailable
from sealock_contract.json_values import NotJson
from tests.connector.answers.responses import answer

NOTICE = "<br />\n<b>Notice</b>:  Undefined offset: [0] in <b>/srv/www/{closure}.php</b> on line <b>12</b><br />\n"
LIST = [{"id": 1, "content": 'a <b>{"x":1}</b> --> ü'}]
TEXT = json.dumps(LIST)

READ: list[tuple[str, bytes, str]] = [
    ("as it should be", TEXT.encode(), ""),
    ("a mark before it", b"\xef\xbb\xbf" + TEXT.encode(), "byte_order_mark"),
    ("a mark from each of three files", b"\xef\xbb\xbf" * 3 + b"\r\n" + TEXT.encode(), "byte_order_mark"),
    ("UTF-16 with a mark", TEXT.encode("utf-16"), "byte_order_mark"),
    ("UTF-16 without one", TEXT.encode("utf-16-le"), "charset"),
    ("UTF-32 without one", TEXT.encode("utf-32-be"), "charset"),
    ("NULs and white space around it", b"\0\n " + TEXT.encode() + b"\n\0\0", ""),
    ("a notice before it", (NOTICE + TEXT).encode(), "markup_around"),
    ("two notices before it", (NOTICE * 2 + TEXT).encode(), "markup_around"),
    ("a notice after it", (TEXT + NOTICE).encode(), "markup_around"),
    ("a warning without markup", f"\nWarning: Array [] offset in /a.php on line 3\n{TEXT}".encode(), "text_around"),
    ("a dump before it", f'array(1) {{ ["id"]=> int(1) }}\n{TEXT}'.encode(), "text_around"),
    ("print_r before it", f"Array\n(\n    [0] => 1\n)\n{TEXT}".encode(), "text_around"),
    (
        "a programmer's table",
        f"<font size='1'><table><tr><th>( ! )</th></tr></table></font>{TEXT}".encode(),
        "markup_around",
    ),
    (
        "a program that was not run",
        f"<?php/* x */require_once($_SERVER['A'].'/b.php');?>{TEXT}".encode(),
        "markup_around",
    ),
    ("a cache's comment after it", f'{TEXT}\n<!-- Cached {{"in": 0.2}} by a plug-in -->'.encode(), "markup_around"),
    ("a comment around it", f"<!-- {TEXT} -->".encode(), "comment_around"),
    ("a script's comment around it", f"/* {TEXT} */".encode(), "text_around"),
    ("a script after it", f'{TEXT}<script>var x = {{"b": 2}};</script>'.encode(), "markup_around"),
    ("a style before it", f'<style>a[href]{{"b":2}}</style>{TEXT}'.encode(), "markup_around"),
    (
        "a page before it",
        f'<!doctype html><html><p data-x=\'{{"a":1}}\'>{{"b":2}}</html>{TEXT}'.encode(),
        "markup_around",
    ),
    ("a page after it", f'{TEXT}<html><body>{{"b":2}}</body></html>'.encode(), "markup_around"),
    (
        "a page that says nothing else",
        f"<html><head></head><body><pre>{TEXT}</pre></body></html>".encode(),
        "markup_around",
    ),
    ("a size of a chunk before it", f"1a3\r\n{TEXT}\r\n0\r\n".encode(), "text_around"),
    ("headers before it", f"Content-Type: application/json\r\n\r\n{TEXT}".encode(), "text_around"),
    ("a function's call", f"/**/callback_1({TEXT});".encode(), "text_around"),
    ("a guard before it", f")]}}',\n{TEXT}".encode(), "text_around"),
    ("a loop before it", f"for(;;);{TEXT}".encode(), "text_around"),
    ("a number after it", f"{TEXT}0".encode(), "text_around"),
    ("itself twice", (TEXT + TEXT).encode(), "text_around"),
    ("as a text", json.dumps(TEXT).encode(), "quoted"),
    ("commas that separate nothing", TEXT.replace("}]", ",},]").encode(), "commas_or_escapes"),
    ("a notice and such commas", (NOTICE + TEXT.replace("}]", "},]")).encode(), "commas_or_escapes"),
]


@pytest.mark.parametrize(("content", "odd"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_what_is_unambiguous_is_read_and_what_was_odd_is_named(content: bytes, odd: str) -> None:
    found = read(content)
    assert found.value == LIST
    assert odd in found.odd if odd else not found.odd


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \0",
        b'{"a":1}{"b":2}',
        b'[{"id":1},{"id":2},{"id":3,"te',
        b'{"comments":[{"id":1},{"id":2}],"more"<br /><b>Fatal error</b>: x in <b>y</b>',
        b'<!doctype html><html><script type="application/ld+json">{"id":1}</script></html>',
        b'<html><body>Hello {"id":1}',
        b'<html><body>{"id":1}</body><script>x</script></html>',
        b'<style>{"id":1}</style>',
        b"<div data-settings='{\"id\":1}'>",
        b"Warning: [] in /a.php\nand then nothing that could be meant",
        b"<!-- x -->",
        b"just words",
        b'{"a": "no end',
    ],
)
def test_what_is_cut_off_or_ambiguous_or_a_page_is_not_read(content: bytes) -> None:
    with pytest.raises(NotJson):
        read(content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"n":NaN,"i":-Infinity,"h":1e999,"d":' + b"9" * 5_000 + b"}", {"n": None, "i": None, "h": None, "d": None}),
        (b'{"id":1,"id":2}', {"id": 2}),
        (b'{"big":123456789012345678901234567890}', {"big": 1.2345678901234568e29}),
        (b'{"half":"\\ud83d!","pair":"\\ud83d\\ude00"}', {"half": "\ufffd!", "pair": "😀"}),
        ('{"cesu":"\ud83d\ude00"}'.encode("utf-8", "surrogatepass"), {"cesu": "😀"}),
        (b'{"a":"\xff x"}', {"a": "\ufffd x"}),
        (b'{"a":"line\nline\ttab"}', {"a": "line\nline\ttab"}),
        (b'{"a":"it\\\'s"}', {"a": "it's"}),
        (b"Warning: [] in /a.php on line 3\n[]", []),
        (b"<b>Notice</b>: [0]\n{}\n", {}),
        (b"null", None),
        (b"-1", -1),
    ],
)
def test_odd_values_become_values_that_can_be_written_again(content: bytes, expected: object) -> None:
    value = read(content).value
    assert value == expected
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Grüße", "iso-8859-1"),
        ("Grüße", "Windows-1252"),
        ("привет", "koi8-r"),
        ("привет", "cp1251"),
        ("日本", "Shift_JIS"),
        ("中文字", "gbk"),
    ],
)
def test_a_charset_that_the_answer_declares_is_believed_where_it_is_not_utf_8(text: str, charset: str) -> None:
    content = f'{{"a":"{text}"}}'.encode(charset)
    assert json_of(answer(content, headers={"content-type": f"application/json; charset={charset}"})) == {"a": text}


def test_json_that_is_packed_and_does_not_say_so_is_unpacked() -> None:
    assert json_of(answer(gzip.compress(TEXT.encode()))) == LIST
    with pytest.raises(AnswerTooLarge):
        json_of(answer(gzip.compress(b" " * 5_000_000)))


def test_utf_8_is_utf_8_whatever_the_server_declares() -> None:
    headers = {"content-type": "text/html; charset=ISO-8859-1"}
    assert json_of(answer('{"a":"Grüße"}', headers=headers)) == {"a": "Grüße"}


@pytest.mark.parametrize("charset", ["idna", "unicode_escape", "zlib", "rot13", "utf-7", "punycode", "x" * 5_000])
def test_a_charset_whose_decoder_is_none_of_texts_is_not_used(charset: str) -> None:
    headers = {"content-type": f"application/json; charset={charset}"}
    assert json_of(answer(b'{"a":"\xff"}', headers=headers)) == {"a": "\ufffd"}


@pytest.mark.parametrize("content", [b"[" * 101 + b"]" * 101, b"[" * 200_000, b'{"a":' * 100_000])
def test_what_is_nested_too_deeply_is_too_large_so_that_less_is_asked_for(content: bytes) -> None:
    with pytest.raises(AnswerTooLarge):
        json_of(answer(content))


@pytest.mark.parametrize("content", [b"[" + b" " * 2**21 + b"]", b'{"a":1,' * 160_000, b"[[]," * 160_000])
def test_an_answer_of_more_than_is_taken_is_not_read(content: bytes) -> None:
    with pytest.raises(AnswerTooLarge):
        json_of(answer(content))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_every_json_is_read_as_what_it_says(value: object) -> None:
    text = json.dumps(value)
    found = read(text.encode()).value
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        return
    assert found == json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


@given(st.binary(max_size=200), st.sampled_from(["", "iso-8859-1", "shift_jis", "nonsense"]))
def test_any_bytes_are_read_or_are_not_json(content: bytes, charset: str) -> None:
    try:
        value = read(content, lambda: charset).value
    except NotJson:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


HOSTILE = [
    "<!--",
    "<x",
    '{"',
    "[0",
    "[1,",
    '{"a":[',
    '\\"',
    "\\q",
    ", ",
    "<b>",
    "<script>",
    '{"a":1} ',
    "[] ",
    '"',
    "[ ",
    "<title",
    "\\ud83d",
    "<!--{}-->",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("before", ["", '{"a":"', "x "])
def test_the_time_grows_as_the_size_does(piece: str, before: str) -> None:
    def seconds(size: int) -> float:
        content = (before + piece * (size // len(piece))).encode()
        start = time.process_time()
        with suppress(NotJson):
            read(content)
        return time.process_time() - start

    small = min(seconds(50_000) for _ in range(3))
    assert min(seconds(800_000) for _ in range(2)) < 16 * 8 * small + 0.5


def test_what_was_odd_is_counted_each_time_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics(CollectorRegistry())
    token = current_metrics.set(metrics)
    try:
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                json_of(answer(NOTICE + TEXT, headers={"content-type": "text/html"}))
    finally:
        current_metrics.reset(token)
    assert [record.getMessage() for record in caplog.records] == [
        "an answer was nearly JSON and was read: markup around",
        "an answer was nearly JSON and was read: content type",
    ]
    assert metrics.registry.get_sample_value("sealock_connector_odd_answers_total", {"what": "markup_around"}) == 3


def test_no_error_tells_what_the_answer_said() -> None:
    with pytest.raises(OriginUnavailable) as refused:
        json_of(answer("<html><title>secret words</title>", 403))
    assert "secret" not in str(refused.value) + refused.value.message_for_agent
