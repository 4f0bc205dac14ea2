# SPDX-License-Identifier: Apache-2.0
"""
JSON as the web's programs give it: with a mark before it, a notice around it, in another charset, cut off.

What is unambiguous is read; the rest is `NotJson`. All takes a time that grows as the size does.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import isfinite
from typing import Any, Final, NamedTuple

from sealock_contract.json_values import NotJson, TooDeep, valid_json, valid_unicode

ODDITIES: Final = (
    "byte_order_mark",
    "charset",
    "text_around",
    "markup_around",
    "comment_around",
    "quoted",
    "control_characters",
    "commas_or_escapes",
    "not_finite",
    "half_surrogates",
    "content_type",
)
"""What may be odd about an answer that is read all the same; names for logs and metrics."""

_PADDING: Final = " \t\r\n\f\v\0\ufeff\u00a0\u200b"
_BOMS: Final = {
    BOM_UTF8: "utf-8",
    BOM_UTF32_LE: "utf-32-le",
    BOM_UTF32_BE: "utf-32-be",
    BOM_UTF16_LE: "utf-16-le",
    BOM_UTF16_BE: "utf-16-be",
}
_CHARSET: Final = re.compile(
    r"(?:iso-?8859-?|latin-?)\d{1,2}|(?:windows-?|cp-?)(?:12\d\d|874|932|949)|koi8-[ru]|us-ascii"
    r"|shift[-_]?jis|euc-(?:jp|kr)|gb(?:2312|k|18030)|big5|utf-?(?:8|16|32)(?:-?[lb]e)?",
    re.ASCII,
)
"""Charsets that the answer may choose: their decoders take a time that grows as the size does."""
_LONGEST_WHOLE_NUMBER: Final = 20
_LONGEST_NUMBER: Final = 400


class Read(NamedTuple):
    """What an answer's content says."""

    value: Any
    odd: Sequence[str]
    """Of `ODDITIES`, what had to be passed over."""


def read(content: bytes, charset: Callable[[], str] = str) -> Read:
    """
    The value of what is JSON only nearly. `charset` gives what the answer says of itself.

    It takes far longer than plain JSON, which is for the caller to try first. JSON in a text is looked into.

    Raises `NotJson`, and `TooDeep` for more than 100 levels.
    """
    odd: dict[str, None] = {}
    text = _decoded(content, charset, odd).strip(_PADDING)
    decoder = _decoder(odd)
    try:
        value = _value_of(text, decoder, odd)
        if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            value = _value_of(value.strip(_PADDING), decoder, odd)
            odd["quoted"] = None
        valid = valid_json(value)
    except RecursionError:
        raise TooDeep("nested too deeply") from None
    except json.JSONDecodeError:
        raise NotJson("this is no JSON that can be read") from None
    if ("\\ud" in text or "\\uD" in text) and valid != value:
        odd["half_surrogates"] = None
    return Read(valid, tuple(odd))


def _decoded(content: bytes, charset: Callable[[], str], odd: dict[str, None]) -> str:
    for mark, codec in _BOMS.items():
        if content.startswith(mark):
            odd["byte_order_mark"] = None
            return content[len(mark) :].decode(codec, "replace")
    codec = json.detect_encoding(content) if 0 in content[:4] else "utf-8"
    if codec != "utf-8" and (text := content.decode(codec, "replace")).strip(_PADDING)[:1] in {"{", "[", '"'}:
        odd["charset"] = None
        return text
    try:
        return content.decode()
    except UnicodeDecodeError:
        odd["charset"] = None
    for codec, errors in (("utf-8", "surrogatepass"), (charset().strip().lower(), "strict")):
        if codec == "utf-8" or _CHARSET.fullmatch(codec):
            try:
                return valid_unicode(content.decode(codec, errors))
            except (UnicodeDecodeError, LookupError):
                pass
    return content.decode(errors="replace")


def _decoder(odd: dict[str, None], *, strict: bool = False) -> json.JSONDecoder:
    def number(digits: str) -> float | None:
        found = float(digits) if len(digits) <= _LONGEST_NUMBER else float("nan")
        if isfinite(found):
            return found
        odd["not_finite"] = None
        return None

    def whole(digits: str) -> int | float | None:
        return int(digits) if len(digits) <= _LONGEST_WHOLE_NUMBER else number(digits)

    return json.JSONDecoder(parse_int=whole, parse_float=number, parse_constant=number, strict=strict)


def _value_of(text: str, decoder: json.JSONDecoder, odd: dict[str, None]) -> Any:
    try:
        return _decoder(odd, strict=True).decode(text)
    except ValueError:
        pass
    try:
        value = decoder.decode(text)
    except ValueError:
        return _Search(text, decoder, odd).value()
    odd["control_characters"] = None
    return value


_PLACE: Final = re.compile(r'<[a-z/!?]|\{\s*(?:"|\})|\[\s*(?:[\[{"\]\d-]|true|false|null)', re.IGNORECASE | re.ASCII)
"""Where markup or JSON may begin."""
_BEGUN: Final = re.compile(r'\{\s*"[^"\\]{0,200}"\s*:|\[\s*\{\s*"', re.ASCII)
"""What is so surely the begin of JSON that nothing is looked for inside of it."""
_BLOCK: Final = re.compile(r"<(?:(!--)|(\?)|(?:(script|style|template|noscript)|!doctype|html)\b)", re.IGNORECASE)
_HARMLESS_AT_THE_END: Final = re.compile(r"(?:[\s\0;)]|<[^<>]*>)*+", re.ASCII)
_TAGS: Final = re.compile(r"(?:\s|<[^<>]*>)*+")
_SILENT: Final = re.compile(r"<(?:!--|\?|(?:script|style|template|noscript|textarea)\b)", re.IGNORECASE)
_COMMA: Final = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))|,(?=\s*[\]}])', re.DOTALL)
_ESCAPE: Final = re.compile(r'((?:\\["\\/bfnrtu])++)|\\')
_READINGS: Final = 4
_ROOM: Final = 200_000
_MOST_PLACES: Final = 5_000
_MOST_ESCAPES: Final = 100_000


class _Found(NamedTuple):
    start: int
    end: int
    value: Any


class _Search:
    """The one JSON document in a text that has more than that."""

    def __init__(self, text: str, decoder: json.JSONDecoder, odd: dict[str, None]) -> None:
        self._text = text
        self._decoder = decoder
        self._odd = odd
        self._budget = _READINGS * len(text) + _ROOM
        self._missing: set[str] = set()
        self._comments: list[str] = []
        self._markup = False

    def value(self) -> Any:
        if self._text.startswith("<!--") and self._text.endswith("-->"):
            with suppress(json.JSONDecodeError):
                return self._inside(self._text)
        found = self._alone() or self._documents()
        if not found and len(self._comments) == 1:
            return self._inside(self._comments[0])
        chosen = _chosen(found, self._text)
        if self._text[: chosen.start] or self._text[chosen.end :].strip(_PADDING):
            self._odd["markup_around" if self._markup else "text_around"] = None
        return chosen.value

    def _alone(self) -> Sequence[_Found]:
        """The document that is all that a page says: nothing but tags is around it, and none of them is a program's."""
        tags = _TAGS.match(self._text)
        at = tags.end() if tags else 0
        if not at or self._text[at : at + 1] not in {"{", "["} or _SILENT.search(self._text, 0, at):
            return []
        with suppress(json.JSONDecodeError):
            value, end = self._decoder.raw_decode(self._text, at)
            if _HARMLESS_AT_THE_END.fullmatch(self._text, end):
                self._markup = True
                return [_Found(at, end, value)]
        return []

    def _inside(self, comment: str) -> Any:
        value = self._decoder.decode(comment.strip(f"{_PADDING}-<>!"))
        self._odd["comment_around"] = None
        return value

    def _documents(self) -> Sequence[_Found]:
        found: list[_Found] = []
        at = 0
        for _ in range(_MOST_PLACES):
            place = _PLACE.search(self._text, at)
            if place is None:
                return found
            at = place.start()
            if self._text[at] == "<":
                at = self._after_markup(at)
                continue
            document = self._document(at)
            if document is not None:
                found.append(document)
            at = document.end if document is not None else at + 1
        raise NotJson("too much in it is not JSON")

    def _document(self, at: int) -> _Found | None:
        try:
            value, end = self._decoder.raw_decode(self._text, at)
        except json.JSONDecodeError as broken:
            # To make the error, the whole text before its place is read.
            self._budget -= broken.pos
            if self._budget < 0:
                raise NotJson("nothing in it is JSON") from None
            return self._mended(at) if _BEGUN.match(self._text, at) else None
        return _Found(at, end, value)

    def _mended(self, at: int) -> _Found:
        """The document at the place, without commas that separate nothing, and escapes that are none."""
        rest = self._text[at:]
        mended = _ESCAPE.sub(r"\1", _COMMA.sub(r"\1", rest), count=_MOST_ESCAPES)
        if mended == rest:
            raise NotJson("JSON that is cut off")
        value, end = self._decoder.raw_decode(mended)
        self._odd["commas_or_escapes"] = None
        self._text, self._missing = mended, set()
        return _Found(0, end, value)

    def _after_markup(self, at: int) -> int:
        """The end of the markup at the place: of a tag, a comment, a script, a whole page."""
        self._markup = True
        block = _BLOCK.match(self._text, at)
        if block is None:
            return self._after(">", at) or at + 1
        comment, program, element = block.groups()
        if comment:
            end = self._after("-->", at + len("<!--"))
            if end:
                self._comments.append(self._text[at:end])
            return end or at + 1
        if program:
            return self._after("?>", at) or at + 1
        closing = f"</{element.lower() if element else 'html'}"
        return self._after(closing, at) or len(self._text)

    def _after(self, closing: str, at: int) -> int:
        """The place after what closes; 0 if nothing does, which is looked for once."""
        if closing in self._missing:
            return 0
        found = _closing(closing)(self._text, at)
        if found is None:
            self._missing.add(closing)
            return 0
        return found.end()


def _closing(closing: str) -> Callable[[str, int], re.Match[str] | None]:
    return re.compile(re.escape(closing), re.IGNORECASE).search


def _chosen(found: Sequence[_Found], text: str) -> _Found:
    """The document that says something; an empty one only where it ends the text."""
    telling = [each for each in found if _tells(each.value)]
    if telling and all(each.value == telling[0].value for each in telling[1:]):
        return telling[0]
    if not telling and found and _HARMLESS_AT_THE_END.fullmatch(text, found[-1].end):
        return found[-1]
    raise NotJson("more than one document, or none")


def _tells(value: Any) -> bool:
    return bool(value) and (isinstance(value, dict) or any(isinstance(each, dict | list) for each in value))
