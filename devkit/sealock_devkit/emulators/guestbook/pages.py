# SPDX-License-Identifier: Apache-2.0
"""The pages that visitors read and write in, and the form as it comes back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from falcon import MEDIA_HTML, HTTPBadRequest, HTTPNotFound, HTTPSeeOther
from falcon.asgi import Request, Response
from falcon.asgi.multipart import BodyPart
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sealock_devkit.emulators.guestbook.entries import (
    MAX_AUTHOR_CHARS,
    MAX_TEXT_CHARS,
    Entries,
    Entry,
)
from sealock_devkit.emulators.guestbook.files import (
    MAX_VISITORS_FILE_BYTES,
    MAX_VISITORS_FILES,
    TYPES,
    BadEntry,
    NewFile,
)

MAX_FIELD_BYTES = 100_000
THREADS_PER_PAGE = 20
THANKED_SECONDS = 60
"""How long after signing the page that shows an entry thanks for it, once."""
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a visitor has typed so far, and what is wrong with it."""

    author: str = ""
    text: str = ""
    answer_to: str = ""
    field: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _VisitorsForm:
    """What a visitor typed, by field, and the files that were chosen."""

    fields: Mapping[str, str]
    files: list[NewFile] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


class Pages:
    """Renders the guestbook's pages."""

    def __init__(self, entries: Entries, title: str, ticket_link: str = "") -> None:
        """`ticket_link` leads those who signed to their ticket: `{entry}` in it is their entry's number."""
        self._entries = entries
        self._title = title
        self._ticket_link = ticket_link
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def front(self, resp: Response, *, before: int, draft: Draft) -> None:
        """The newest conversations, and the form."""
        found = self._entries.threads(before=before, limit=THREADS_PER_PAGE + 1)
        older = found[THREADS_PER_PAGE - 1][0].id if len(found) > THREADS_PER_PAGE else None
        self._render(resp, threads=found[:THREADS_PER_PAGE], older=older, alone=False, draft=draft)

    def thread(self, resp: Response, thread: list[Entry], draft: Draft, signed: Entry | None = None) -> None:
        """One conversation, and the form to answer in it; thanks for the entry that was `signed` just now."""
        self._render(resp, threads=[thread], older=None, alone=True, draft=draft, signed=signed)

    def _render(self, resp: Response, *, draft: Draft, signed: Entry | None = None, **values: Any) -> None:
        answered = self._entries.get(int(draft.answer_to)) if _is_id(draft.answer_to) else None
        resp.content_type = MEDIA_HTML
        resp.text = self._templates.get_template("guestbook.html").render(
            title=self._title,
            draft=draft,
            signed=signed,
            ticket=self._ticket_link.replace("{entry}", str(signed.id)) if signed else "",
            answered=answered,
            max_author_chars=MAX_AUTHOR_CHARS,
            max_text_chars=MAX_TEXT_CHARS,
            max_files=MAX_VISITORS_FILES,
            max_file_megabytes=MAX_VISITORS_FILE_BYTES // 1_000_000,
            file_types=",".join(sorted(TYPES)),
            **values,
        )


class FrontPage:
    """`/`: GET shows the guestbook, POST adds what a visitor wrote."""

    def __init__(self, entries: Entries, pages: Pages) -> None:
        self._entries = entries
        self._pages = pages

    async def on_get(self, req: Request, resp: Response) -> None:
        """The guestbook, or its older pages with `before`; `answer_to` fills in the form."""
        before = req.get_param_as_int("before", default=2**62, min_value=1, max_value=2**62)
        self._pages.front(resp, before=before, draft=Draft(answer_to=req.get_param("answer_to", default="")))

    async def on_post(self, req: Request, resp: Response) -> None:
        """Take the form's entry and show it; or show the form again with what is wrong."""
        form = await _read_visitors_form(req)
        draft = Draft(*(form[name] for name in ("author", "text", "answer_to")))
        visitor = req.cookies.get("visitor") or secrets.token_hex(8)
        try:
            entry = self._entries.add(
                author=draft.author,
                author_id=visitor_id(visitor, draft.author),
                text=draft.text,
                parent=_parent(draft.answer_to),
                brought=form.files,
            )
        except BadEntry as bad:
            resp.status = 422
            field = "answer_to" if bad.field == "parent" else bad.field
            draft = Draft(draft.author, draft.text, draft.answer_to, field, bad.problem)
            self._pages.front(resp, before=2**62, draft=draft)
            return
        resp.set_cookie("visitor", visitor, path="/", same_site="Lax", secure=False, max_age=31_536_000)
        resp.set_cookie("signed", str(entry.id), path="/", same_site="Lax", secure=False, max_age=THANKED_SECONDS)
        raise HTTPSeeOther(f"/entries/{entry.thread}#entry-{entry.id}")


class ThreadPage:
    """`/entries/{number}`: the conversation that an entry belongs to."""

    def __init__(self, entries: Entries, pages: Pages) -> None:
        self._entries = entries
        self._pages = pages

    async def on_get(self, req: Request, resp: Response, number: int) -> None:
        """The conversation; an answer's own address leads to its place there, and whoever just signed is thanked."""
        entry = self._entries.get(number)
        if entry is None:
            raise HTTPNotFound
        if entry.thread != entry.id:
            raise HTTPSeeOther(f"/entries/{entry.thread}#entry-{entry.id}")
        thread = self._entries.thread(number)
        signed = next((each for each in thread if str(each.id) == req.cookies.get("signed")), None)
        if signed:
            resp.unset_cookie("signed", path="/", same_site="Lax")
        self._pages.thread(resp, thread, Draft(answer_to=str(number)), signed)


async def _read_visitors_form(req: Request) -> _VisitorsForm:
    """The form; a field that is repeated or is no text counts as missing. Raises `HTTPBadRequest`."""
    form: Any = await req.get_media()
    if isinstance(form, dict):
        return _VisitorsForm({name: value for name, value in form.items() if isinstance(value, str)})
    fields: dict[str, str] = {}
    files: list[NewFile] = []
    try:
        async for part in form:
            if part.filename is None:
                fields[part.name or ""] = (await part.stream.read(MAX_FIELD_BYTES)).decode()
            else:
                files += await _file(part)
    except UnicodeDecodeError:
        raise HTTPBadRequest(description="The form is not UTF-8.") from None
    return _VisitorsForm(fields, files)


async def _file(part: BodyPart) -> list[NewFile]:
    """The file, or none for a field that nothing was chosen in."""
    name = (part.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    data = await part.stream.read(MAX_VISITORS_FILE_BYTES + 1)
    if not name and not data:
        return []
    return [NewFile(name, part.content_type.partition(";")[0].strip().lower(), data)]


def visitor_id(cookie: str, name: str) -> str:
    """
    The author id of a visitor: a browser's, of this name, so that one person can play several.

    Anything but a cookie of ours becomes a visitor of its own.
    """
    known = len(cookie) == 16 and all(character in "0123456789abcdef" for character in cookie)
    whose = cookie if known else secrets.token_hex(8)
    same = " ".join(name.split()).casefold()
    return f"visitor-{hashlib.sha256(f'{whose} {same}'.encode()).hexdigest()[:16]}"


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _parent(answer_to: str) -> int | None:
    if not answer_to:
        return None
    if not _is_id(answer_to):
        raise BadEntry("parent", "The entry to answer does not exist.")
    return int(answer_to)
