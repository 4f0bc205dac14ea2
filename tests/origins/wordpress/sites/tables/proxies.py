# SPDX-License-Identifier: Apache-2.0
"""What proxies, content networks and web servers make of answers on their way: their bytes, their status, their age."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

from sealock_connector import Cause
from tests.origins.wordpress.sites.case import QUESTION, Case, Says, down
from tests.origins.wordpress.sites.host import (
    Answer,
    Behaviour,
    Wire,
    answers,
    comments,
    edits,
    keeps_answers,
    page,
    posts,
    rest,
)

SECOND = "And on Monday?"


def wire(change, when=rest) -> Behaviour:
    """A host changes the bytes of answers."""
    return edits(lambda answer: Wire(change(answer)), when)


def said(answer, *lines, length=True):
    """The bytes of an answer with more lines in its head."""
    head = [f"HTTP/1.1 {answer.status} OK", "Content-Type: application/json", "Connection: close", *lines]
    if length:
        head.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n"


def chunked(answer, *, trailer=b"", extension=b"", end=b"0\r\n", size=50):
    """The bytes of an answer in chunks."""
    body = answer.body
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return said(answer, "Transfer-Encoding: chunked", length=False) + chunks + end + trailer + (b"\r\n" if end else b"")


def as_status(status, to=200, body=None):
    """The host makes another status of one, and perhaps a page of its own."""
    return edits(
        lambda answer: (
            replace(answer, status=to, body=answer.body if body is None else body)
            if answer.status == status
            else answer
        )
    )


def own_pages(*statuses, to=None):
    """The host puts pages of its own in place of what the site says with one of these statuses."""
    return edits(
        lambda answer: (
            page("Sorry", "Something went wrong.", to or answer.status) if answer.status in statuses else answer
        )
    )


def adds(query) -> Behaviour:
    """The host asks the site for more than it was asked for."""

    async def behave(asked, site):
        mark = "&" if "?" in asked.target else "?"
        return await site(replace(asked, target=f"{asked.target}{mark}{query}"))

    return behave


def without_query() -> Behaviour:
    """A cache that does not look at what comes behind the question mark."""
    kept = {}

    async def behave(asked, site):
        path = asked.target.partition("?")[0]
        if asked.method != "GET" or not comments(asked):
            return await site(asked)
        if path not in kept:
            kept[path] = await site(asked)
        return kept[path]

    return behave


def cookie_first():
    """A host sends callers back to where they are, until they show the cookie that it gave them."""

    async def behave(asked, site):
        if "seen=1" in asked.headers.get("cookie", ""):
            return await site(asked)
        return Answer("", 302, {"location": asked.target, "set-cookie": "seen=1; path=/"})

    return behave


BYTES = {
    "103 Early Hints come before": lambda answer: (
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" * 2 + said(answer) + answer.body
    ),
    "100 Continue comes before": lambda answer: b"HTTP/1.1 100 Continue\r\n\r\n" + said(answer) + answer.body,
    "they come in chunks with trailers": lambda answer: chunked(
        answer, trailer=b"Server-Timing: db;dur=53\r\nX: y\r\n"
    ),
    "they come in chunks with extensions": lambda answer: chunked(answer, extension=b";name=value"),
    "they come in chunks of one byte": lambda answer: chunked(answer, size=1),
    "they promise to keep the connection, and close it": lambda answer: (
        said(answer, "Keep-Alive: timeout=5, max=100").replace(b"Connection: close", b"Connection: keep-alive")
        + answer.body
    ),
    "they say a length that is too short": lambda answer: said(answer) + answer.body + b"\n\n<!-- cached -->",
    "they have lines without returns": lambda answer: said(answer).replace(b"\r\n", b"\n") + answer.body,
    "they have no reason beside the status": lambda answer: said(answer).replace(b" 200 OK", b" 200") + answer.body,
    "their reason is in German": lambda answer: (
        said(answer).replace(b" OK", " In Ordnung für Öl".encode()) + answer.body
    ),
    "they have a hundred and fifty headers": lambda answer: (
        said(answer, *(f"X-Plugin-{number}: on" for number in range(150))) + answer.body
    ),
    "a header of sixteen kilobytes is in them": lambda answer: (
        said(answer, f"Content-Security-Policy: {'x' * 16_000}") + answer.body
    ),
    "forty cookies are in them": lambda answer: (
        said(answer, *(f"Set-Cookie: visit{number}={'x' * 100}; path=/" for number in range(40))) + answer.body
    ),
    "a header has letters of Latin-1": lambda answer: said(answer, "X-Powered-By: Käse") + answer.body,
    "a header goes on in the next line": lambda answer: said(answer, "X-Long: one\r\n two") + answer.body,
    "they are said to be of HTTP/2": lambda answer: said(answer, "Upgrade: h2,h2c") + answer.body,
}
BROKEN = {
    "they say two lengths": lambda answer: said(answer, "Content-Length: 1") + answer.body,
    "a line of their head has no colon": lambda answer: said(answer, "<b>Warning</b> headers sent") + answer.body,
    "they have no head": lambda answer: answer.body,
}
ENCODINGS = {
    "UTF-8": lambda content: content,
    "gzip, gzip": lambda content: gzip.compress(gzip.compress(content)),
    "x-gzip": gzip.compress,
    "gzip,": gzip.compress,
    "aws-chunked": lambda content: content,
    "utf8": lambda content: content,
    "application/json": lambda content: content,
    "binary": lambda content: content,
}


def encoded(name, change):
    """The host says that answers are encoded."""
    return edits(
        lambda answer: replace(answer, body=change(answer.body), headers={**answer.headers, "content-encoding": name})
    )


def charset(name, codec):
    """Answers are in another charset than JSON's."""
    return edits(
        lambda answer: replace(
            answer,
            body=json.dumps(json.loads(answer.body), ensure_ascii=False).encode(codec, "replace"),
            headers={**answer.headers, "content-type": f"application/json; charset={name}"},
        )
    )


CASES = [
    *(Case(f"answers are odd: {what}", host=wire(change), lasting=True) for what, change in BYTES.items()),
    *(
        Case(f"answers are said to be encoded as {name}", host=encoded(name, change), lasting=True)
        for name, change in ENCODINGS.items()
    ),
    *(
        Case(
            f"answers are no HTTP: {what}",
            host=wire(change),
            form=Says("site", "breaks connections off"),
            pull=down(Cause.CONNECTION_BROKEN),
            reply=down(Cause.CONNECTION_BROKEN),
        )
        for what, change in BROKEN.items()
    ),
    Case(
        "answers end before their last chunk",
        host=wire(lambda answer: chunked(answer, end=b"")),
        form=Says("site", "breaks connections off"),
        pull=down(Cause.CONNECTION_BROKEN),
        reply=down(Cause.CONNECTION_BROKEN),
    ),
    Case(
        "packed answers have rubbish behind them",
        host=encoded("gzip", lambda content: gzip.compress(content) + b"\0\0\0\n<!-- cached -->"),
        lasting=True,
    ),
    Case(
        "packed answers are of several parts",
        host=encoded("gzip", lambda content: gzip.compress(content[:20]) + gzip.compress(content[20:])),
        lasting=True,
    ),
    Case(
        "packed answers break off",
        host=encoded("gzip", lambda content: gzip.compress(content)[:-12]),
        form=Says("site", "breaks connections off"),
        pull=down(Cause.CONNECTION_BROKEN),
        reply=down(Cause.CONNECTION_BROKEN),
    ),
    Case(
        "answers are in Latin-1, and say so",
        host=charset("ISO-8859-1", "latin-1"),
        visitors=["Können wir am Sonntag über den Fluss?"],
        lasting=True,
    ),
    Case(
        "answers are in Windows's charset, and do not say so",
        host=charset("UTF-8", "cp1252"),
        visitors=["Können wir am Sonntag über den Fluss?"],
        instead={"Können wir am Sonntag über den Fluss?": "nnen wir am Sonntag"},
        lasting=True,
    ),
    Case("a proxy marks all that it changed with 203", host=as_status(200, 203), lasting=True),
    Case("a cache answers 206 with all there is", host=as_status(200, 206), lasting=True),
    Case(
        "a content network makes 200 of the status of refusals",
        host=edits(lambda answer: replace(answer, status=200) if answer.status in {400, 401, 403, 404} else answer),
        lasting=True,
    ),
    Case(
        "the web server has pages of its own for what the site refuses",
        host=own_pages(400, 401, 403, 404, 500),
        lasting=True,
    ),
    Case(
        "a content network has a page of its own for what the site refuses, with 200",
        host=own_pages(400, 401, 403, 404, 500, to=200),
        form=Says("site", "Something else"),
    ),
    Case(
        "a content network has a page of its own for what fails, with 200",
        php="add_filter('rest_comment_query', fn () => throw new Error('A fatal error.'));",
        host=own_pages(500, to=200),
        form=Says("site", "Something else"),
        pull=down(Cause.NOT_ITS_API),
        reply=None,
    ),
    Case(
        "a page cache does not look at what is asked for",
        host=without_query(),
        visitors=[QUESTION, SECOND],
        form=None,
        pull=[],
        reply=None,
    ),
    Case(
        "a page cache has answers of a minute ago",
        host=keeps_answers(comments),
        visitors=[QUESTION, SECOND],
        lasting=True,
    ),
    Case(
        "a host wants to see its cookie again",
        host=cookie_first(),
        form=Says("site", "bot check"),
        pull=down(Cause.CHALLENGE),
        reply=down(Cause.CHALLENGE),
    ),
    Case(
        "a page asks for cookies",
        host=answers(page("Cookies required", "Please enable cookies in your browser and reload the page.")),
        form=Says("site", "bot check"),
        pull=down(Cause.CHALLENGE),
        reply=down(Cause.CHALLENGE),
    ),
    Case("a proxy adds to what is asked for", host=adds("utm_source=proxy&fbclid=1"), lasting=True),
    Case("answers drip", host=edits(lambda answer: Wire(answer.sent(), piece=200, pause=0.01)), lasting=True),
    Case(
        "what is written is answered 202 and stored",
        host=edits(lambda answer: replace(answer, status=202) if answer.status == 201 else answer, posts),
        lasting=True,
    ),
    Case(
        "what is written is answered twice",
        host=edits(
            lambda answer: replace(answer, body=answer.body + answer.body) if answer.status == 201 else answer, posts
        ),
        lasting=True,
    ),
]
