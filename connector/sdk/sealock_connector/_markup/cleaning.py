# SPDX-License-Identifier: Apache-2.0
"""Markup that is harmless in an agent's browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin

import nh3

from sealock_connector._markup.nesting import nested
from sealock_connector._markup.tags import Kind, Token, tokens

_TEXTS = "a abbr b br cite code del em i img ins q s span strong sub sup u"
_BLOCKS = "blockquote dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td th thead tr ul"
TAGS = frozenset(f"{_TEXTS} {_BLOCKS}".split())
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "abbr": {"title"}}
_SCHEMES = {"a": ("https://", "http://", "mailto:"), "img": ("https://",)}
_ADDRESSES = frozenset({"href", "src"})
_MOST_ADDRESS_CHARS = 2_048
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# nh3's parser takes ever longer for each `&` of a long text. So it never sees one: characters stand in for those that
# have to be written as entities, which no text can have, for they are taken out of it.
_STAND_IN = {"&": "\ufdd0", "<": "\ufdd1", ">": "\ufdd2", '"': "\ufdd3"}
_ENTITY = {"\ufdd0": "&amp;", "\ufdd1": "&lt;", "\ufdd2": "&gt;", "\ufdd3": "&quot;"}
_STAND_INS = re.compile("[\ufdd0-\ufdd3]")


def prepared(markup: str) -> str:
    """The markup as `tokens` takes it: without control characters and with one kind of line end."""
    return _CONTROL.sub("", markup.replace("\r\n", "\n").replace("\r", "\n"))


def clean_html(markup: str, site: str) -> str:
    """The markup's harmless part; addresses without a host are the site's."""
    written = _written(nested(tokens(prepared(markup)), TAGS), site)
    cleaned = nh3.clean(
        written,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    for character, entity in _ENTITY.items():
        cleaned = cleaned.replace(character, entity)
    return cleaned.strip()


def _written(tree: Iterable[Token], site: str) -> str:
    """Well-nested elements as HTML for nh3, with what stands in for special characters."""
    parts: list[str] = []
    for kind, value, attributes in tree:
        if kind is Kind.TEXT:
            parts.append(_hidden(value))
        elif kind is Kind.END:
            parts.append(f"</{value}>")
        else:
            parts.append(f"<{value}{''.join(_attributes(value, attributes, site))}>")
    return "".join(parts)


def _attributes(tag: str, attributes: dict[str, str], site: str) -> Iterable[str]:
    for name, value in attributes.items():
        if name not in _ATTRIBUTES.get(tag, ()):
            continue
        shown = _absolute(value, site, _SCHEMES[tag]) if name in _ADDRESSES else value
        if shown or name not in _ADDRESSES:
            yield f' {name}="{_hidden(shown)}"'


def _hidden(text: str) -> str:
    text = _STAND_INS.sub("", text)
    for character, stand_in in _STAND_IN.items():
        text = text.replace(character, stand_in)
    return text


def _absolute(value: str, site: str, schemes: tuple[str, ...]) -> str:
    """The address as seen from the site; empty if it is none that may be shown."""
    if len(value) > _MOST_ADDRESS_CHARS:
        return ""
    try:
        address = urljoin(f"{site}/", value.strip()) if site else value.strip()
    except ValueError:
        return ""
    return address if address.startswith(schemes) else ""
