# SPDX-License-Identifier: Apache-2.0
"""A resource's text as Zendesk takes it: never empty, never too long, with the files it could not carry."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final, NamedTuple

from sealock_edge.zendesk.limits import HTML_MESSAGE_CHARS, MESSAGE_CHARS

_LONGEST_WORD: Final = 200
_FOOTER_CHARS: Final = 16_000

CUT: Final = "[This text was cut: it is longer than Zendesk takes.]"
CUT_WITH_LINK: Final = "[This text was cut: it is longer than Zendesk takes. Its link leads to all of it.]"
MORE_FILES: Final = "More files:"
ELSEWHERE: Final = "Files that stayed at the origin:"
ELSEWHERE_WITH_LINK: Final = "Files that stayed at the origin, where the link of this message leads:"
NO_TEXT: Final = "(no text)"
A_FILE: Final = "(a file)"
SOME_FILES: Final = "({count} files)"
MORE: Final = "(and {count} more)"
SENTENCES: Final = (CUT, CUT_WITH_LINK, MORE_FILES, ELSEWHERE, ELSEWHERE_WITH_LINK, NO_TEXT, A_FILE, SOME_FILES, MORE)
"""All of them, for those who translate."""
Words = Callable[[str], str]
"""From one of these to what the account's tickets say."""


class UnfitFiles(NamedTuple):
    """Files that a resource cannot carry: those with a link as (name, url), and the names of the others."""

    linked: tuple[tuple[str, str], ...] = ()
    named: tuple[str, ...] = ()


def instead_of_text(files: int, words: Words = str) -> str:
    """What stands where a resource has no text but perhaps files."""
    if files < 2:
        return words(A_FILE if files else NO_TEXT)
    return words(SOME_FILES).format(count=files)


def footer(files: UnfitFiles, *, clickthrough: bool, words: Words = str) -> str:
    """The lines about files that the resource cannot carry."""
    lines: list[str] = []
    if files.linked:
        lines += [words(MORE_FILES), *(f"{name}: {url}" for name, url in files.linked)]
    if files.named:
        lines += [words(ELSEWHERE_WITH_LINK if clickthrough else ELSEWHERE), *files.named]
    kept, size = 0, 0
    for line in lines:
        size += len(line) + 1
        if size > _FOOTER_CHARS:
            break
        kept += 1
    if kept < len(lines):
        lines[kept:] = [words(MORE).format(count=len(lines) - kept)]
    return "\n\n" + "\n".join(lines)


def within_limit(text: str, footer: str = "", *, clickthrough: bool, words: Words = str) -> str:
    """The text and its footer, cut at a word and with a note if they are longer than Zendesk takes."""
    if len(text) + len(footer) <= MESSAGE_CHARS:
        return text + footer
    note = "\n\n" + words(CUT_WITH_LINK if clickthrough else CUT)
    cut = text[: MESSAGE_CHARS - len(footer) - len(note) - 1]
    word = max(cut.rfind(" ", len(cut) - _LONGEST_WORD), cut.rfind("\n", len(cut) - _LONGEST_WORD))
    return (cut[:word] if word > 0 else cut) + "…" + note + footer


def html_with(html: str, files: UnfitFiles, *, clickthrough: bool, words: Words = str) -> str:
    """The HTML with the same lines; empty if that is longer than Zendesk takes."""
    if files.linked:
        items = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in files.linked)
        html += f"<p>{escape(words(MORE_FILES))}</p><ul>{items}</ul>"
    if files.named:
        items = "".join(f"<li>{escape(name)}</li>" for name in files.named)
        html += f"<p>{escape(words(ELSEWHERE_WITH_LINK if clickthrough else ELSEWHERE))}</p><ul>{items}</ul>"
    return html if len(html) <= HTML_MESSAGE_CHARS else ""
