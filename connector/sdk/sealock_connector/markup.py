# SPDX-License-Identifier: Apache-2.0
"""
Strangers' markup, for authors of connectors: made harmless, or made text, in a time that grows as its size does.

A comment is written by whoever wants to, and a parser can be made to work for minutes on a megabyte, during which the
connector answers nobody. These functions cut markup to `MOST_CHARS`, bound how deeply it is nested before a parser sees
it, and work on what may take longer in a process of its own. Everything is text afterwards: no markup makes them fail.
"""

from __future__ import annotations

import asyncio
import html

from sealock_connector._markup import text
from sealock_connector._markup.cleaning import prepared
from sealock_connector._markup.pool import WorkFailed, current_pool
from sealock_connector._markup.worker import WORK
from sealock_connector._telemetry import count_markup
from sealock_connector.errors import OriginUnavailable

__all__ = ["MOST_CHARS", "MarkupFailed", "as_html", "clean_html", "linked", "one_line", "plain_text"]

MOST_CHARS = 128 * 1024
"""What is behind this many characters of markup is left out: twice as much as Zendesk takes of a text."""
_AT_ONCE_CHARS, _AT_ONCE_MARKS = 16 * 1024, 256
"""Markup with no more than this is worked on where it is, in a few milliseconds: asking a process takes as long."""
_LINE_TIMES = 8


class MarkupFailed(OriginUnavailable):
    """
    Markup took longer or more memory than it may.

    Give the item with `one_line` of it instead, or without its text and with a link: what is given up is lost, and what
    is raised on comes again at each pull.
    """


async def clean_html(markup: str, *, site: str = "") -> str:
    """
    The part of a stranger's HTML that is harmless in an agent's browser: text, links, pictures over https.

    Addresses without a host are the site's (`https://blog.example.com`), and are left out where none is named. All
    elements are closed. Raises `MarkupFailed`, of which no markup is known.
    """
    return await _done("clean_html", markup, site)


async def plain_text(markup: str) -> str:
    """
    HTML as text, however it is nested: lists with dashes or numbers, quotes with `>`, links in brackets.

    Addresses are given as they stand there: of a stranger's HTML take what `clean_html` made of it. Raises
    `MarkupFailed`, of which no markup is known.
    """
    return await _done("plain_text", markup)


async def linked(markup: str, relation: str) -> list[str]:
    """
    The addresses that a page's `<link rel>` elements name for a relation, as they stand there.

    Raises `MarkupFailed`, of which no markup is known.
    """
    return (await _done("linked", markup, relation)).splitlines()


def one_line(markup: str, most_chars: int) -> str:
    """The text of a title, a name or a message on one line, cut to so many characters; does not wait for anything."""
    return text.one_line(_unicode(markup[: most_chars * _LINE_TIMES]))[:most_chars].rstrip()


def as_html(message: str) -> str:
    """A text as HTML that reads the same: nothing in it is markup."""
    return html.escape(prepared(message), quote=False).strip()


async def _done(name: str, markup: str, *more: str) -> str:
    of = (_unicode(markup[:MOST_CHARS]), *more)
    pool = current_pool.get(None)
    if pool is None or _is_small(of[0]):
        await asyncio.sleep(0)  # Many of them one after another let others have their turn.
        return WORK[name](*of)
    try:
        done = await pool.do(name, *of)
    except WorkFailed as failed:
        count_markup("failed")
        raise MarkupFailed(f"markup could not be worked on: {failed}") from None
    count_markup("done")
    return done


def _is_small(markup: str) -> bool:
    return len(markup) <= _AT_ONCE_CHARS and markup.count("<") + markup.count("&") <= _AT_ONCE_MARKS


def _unicode(markup: str) -> str:
    """The markup without halves of surrogate pairs, which JSON can say and no parser takes."""
    return markup.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
