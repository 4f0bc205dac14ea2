# SPDX-License-Identifier: Apache-2.0
"""A comment's HTML, cleaned and as plain text; a reply's plain text as HTML."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

import nh3

from sealock_origins.wordpress.plain_text import plain_text

_TAGS = {
    *("p", "br", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "cite", "q", "abbr", "code", "pre"),
    *("a", "img", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "div", "span"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "abbr": {"title"}}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean_html(rendered: str, *, site: str) -> str:
    """
    The part of a comment's HTML that is harmless in an agent's browser: text, links, pictures over https.

    Addresses without a host are the site's.
    """

    def absolute(tag: str, attribute: str, value: str) -> str | None:
        if attribute not in {"href", "src"}:
            return value
        try:
            address = urljoin(f"{site}/", value.strip())
        except ValueError:
            return None
        if tag == "img":
            return address if address.startswith("https://") else None
        return address if address.startswith(("https://", "http://", "mailto:")) else None

    return nh3.clean(
        _CONTROL.sub("", rendered),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=absolute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    ).strip()


def text_of(cleaned: str) -> str:
    """Cleaned HTML as plain text: paragraphs, lists and quotes as people type them, links with their address."""
    return plain_text(cleaned)


def title_of(rendered: str) -> str:
    """A title that WordPress rendered, on one line."""
    return " ".join(plain_text(nh3.clean(rendered, tags=set())).split())


def as_comment(message: str) -> str:
    """A reply as it has to be posted to be read as it was written: nothing in it is HTML."""
    text = message.replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(_CONTROL.sub("", text), quote=False).strip()
