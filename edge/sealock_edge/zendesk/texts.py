# SPDX-License-Identifier: Apache-2.0
"""A resource's text as Zendesk takes it: never empty, never too long, with the files it could not carry."""

from __future__ import annotations

from html import escape
from typing import Final, NamedTuple

from sealock_edge.zendesk.limits import HTML_MESSAGE_CHARS, MESSAGE_CHARS

_LONGEST_WORD: Final = 200
_FOOTER_CHARS: Final = 16_000

_CUT: Final = "\n\n[This text was cut: it is longer than Zendesk takes.]"
_CUT_WITH_LINK: Final = "\n\n[This text was cut: it is longer than Zendesk takes. Its link leads to all of it.]"
_MORE: Final = "More files:"
_ELSEWHERE: Final = "Files that stayed at the origin:"
_ELSEWHERE_WITH_LINK: Final = "Files that stayed at the origin, where the link of this message leads:"


class UnfitFiles(NamedTuple):
    """Files that a resource cannot carry: those with a link as (name, url), and the names of the others."""

    linked: tuple[tuple[str, str], ...] = ()
    named: tuple[str, ...] = ()


def instead_of_text(files: int) -> str:
    """What stands where a resource has no text but perhaps files."""
    if files == 0:
        return "(no text)"
    return "(a file)" if files == 1 else f"({files} files)"


def footer(files: UnfitFiles, *, clickthrough: bool) -> str:
    """The lines about files that the resource cannot carry."""
    lines: list[str] = []
    if files.linked:
        lines += [_MORE, *(f"{name}: {url}" for name, url in files.linked)]
    if files.named:
        lines += [_ELSEWHERE_WITH_LINK if clickthrough else _ELSEWHERE, *files.named]
    kept, size = 0, 0
    for line in lines:
        size += len(line) + 1
        if size > _FOOTER_CHARS:
            break
        kept += 1
    if kept < len(lines):
        lines[kept:] = [f"(and {len(lines) - kept} more)"]
    return "\n\n" + "\n".join(lines)


def within_limit(text: str, footer: str = "", *, clickthrough: bool) -> str:
    """The text and its footer, cut at a word and with a note if they are longer than Zendesk takes."""
    if len(text) + len(footer) <= MESSAGE_CHARS:
        return text + footer
    note = _CUT_WITH_LINK if clickthrough else _CUT
    cut = text[: MESSAGE_CHARS - len(footer) - len(note) - 1]
    word = max(cut.rfind(" ", len(cut) - _LONGEST_WORD), cut.rfind("\n", len(cut) - _LONGEST_WORD))
    return (cut[:word] if word > 0 else cut) + "…" + note + footer


def html_with(html: str, files: UnfitFiles, *, clickthrough: bool) -> str:
    """The HTML with the same lines; empty if that is longer than Zendesk takes."""
    if files.linked:
        items = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in files.linked)
        html += f"<p>{_MORE}</p><ul>{items}</ul>"
    if files.named:
        items = "".join(f"<li>{escape(name)}</li>" for name in files.named)
        html += f"<p>{_ELSEWHERE_WITH_LINK if clickthrough else _ELSEWHERE}</p><ul>{items}</ul>"
    return html if len(html) <= HTML_MESSAGE_CHARS else ""
