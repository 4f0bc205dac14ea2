# SPDX-License-Identifier: Apache-2.0
"""
External ids: an entry's is its page's URL, so that it is unique over all sites and leads there by itself. A file's
reference is its key at the site.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sealock_connector import NotFound, Text

MAX_SITE_CHARS = 160
ENTRY_ID = re.compile(r"(?P<site>https?://[^\s?#@\\]{1,200})/entries/(?P<number>[1-9][0-9]{0,17})", re.ASCII)
FILE_KEY = re.compile(r"[a-z0-9-]{8,80}", re.ASCII)
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*", re.ASCII)
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)


class BadSite(ValueError):
    """A site's address that cannot be one; the sentence says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def canonical_site(address: str) -> str:
    """The one way to write a site's address: no query, no closing slash, host in lower-case ASCII."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port
    except (ValueError, UnicodeError):
        raise BadSite(Text("This is not an address.")) from None
    if parts.scheme not in {"https", "http"} or not HOST.fullmatch(host):
        raise BadSite(Text("The address must be like https://guestbook.example.com."))
    if parts.username is not None or parts.query or parts.fragment:
        raise BadSite(Text("Give the address alone, without a name, password, query or fragment."))
    path = parts.path.rstrip("/")
    if not PATH.fullmatch(path):
        raise BadSite(Text("The address has characters in its path that cannot be used here."))
    default_port = {"https": 443, "http": 80}[parts.scheme]
    shown_host = f"[{host}]" if ":" in host else host
    site = f"{parts.scheme}://{shown_host}{'' if port in {None, default_port} else f':{port}'}{path}"
    if len(site) > MAX_SITE_CHARS:
        raise BadSite(Text("The address is too long: at most {most} characters.", most=MAX_SITE_CHARS))
    return site


def entry_id(site: str, number: int) -> str:
    """The external id of an entry, which is also its page."""
    return f"{site}/entries/{number}"


def author_id(site: str, author: str) -> str:
    """The external id of who wrote an entry."""
    return f"{site}/authors/{author}"


def read_file_key(reference: str) -> str:
    """The key of a file, which is all that its reference is. Raises `NotFound` for what cannot be one."""
    if not FILE_KEY.fullmatch(reference):
        raise NotFound("not the key of a file")
    return reference


def read_entry_id(external_id: str) -> tuple[str, int]:
    """The site and number of an external id. Raises `NotFound` for one that `entry_id` does not make."""
    match = ENTRY_ID.fullmatch(external_id)
    if match is None:
        raise NotFound("not the id of an entry")
    site = match["site"]
    try:
        ours = canonical_site(site) == site
    except BadSite:
        ours = False
    if not ours:
        raise NotFound("the id names no site")
    return site, int(match["number"])
