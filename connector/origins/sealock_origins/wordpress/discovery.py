# SPDX-License-Identifier: Apache-2.0
"""Where a site's REST API is: it depends on the site's permalinks, and a wrong guess gets the home page, status 200."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from selectolax.lexbor import LexborHTMLParser

from sealock_connector import OriginUnavailable
from sealock_origins.wordpress.api import Refused, read_json
from sealock_origins.wordpress.html import title_of
from sealock_origins.wordpress.ids import BadSite, canonical_site

MAX_ROOT_CHARS = 400
"""The account keeps it, and an account has room for 3,072 bytes."""
_RELATION = "https://api.w.org/"


class NotWordPress(Exception):
    """Something answers at the address, but it is no WordPress, or none whose REST API can be found."""


class RestRefused(Exception):
    """A WordPress whose REST API is switched off, for visitors at least."""


@dataclass(frozen=True, slots=True)
class FoundSite:
    """A WordPress site."""

    site: str
    """Its canonical address."""
    root: str
    """Where its REST API begins: a path, or an address with a `rest_route` parameter."""
    title: str
    takes_passwords: bool
    """Whether it offers application passwords; WordPress does so over https only."""


async def discover(http: httpx2.AsyncClient, address: str) -> FoundSite:
    """
    Find the site that answers at a canonical address, redirects followed.

    Raises `NotWordPress`, `RestRefused`, `BadSite`, and the SDK's errors when nothing answers.
    """
    front = await http.get(f"{address}/", follow_redirects=True)
    answering = _join(address, str(front.url))
    refused = False
    for root in dict.fromkeys(_roots(front, answering)):
        try:
            index = read_json(await http.get(root, follow_redirects=True))
        except Refused:
            refused = True
        except OriginUnavailable:
            continue
        else:
            if isinstance(index, dict) and "wp/v2" in (index.get("namespaces") or ()):
                return _found(index, root, answering)
    if refused:
        raise RestRefused
    raise NotWordPress


def _roots(front: httpx2.Response, answering: str) -> Iterator[str]:
    """Where the API may be, at the host that answered: what the front page says, then the usual places."""
    said = [link["url"] for link in front.links.values() if link.get("rel") == _RELATION]
    if "html" in front.headers.get("content-type", ""):
        said += [
            node.attributes.get("href") or "" for node in LexborHTMLParser(front.text).css(f'link[rel="{_RELATION}"]')
        ]
    for root in said:
        if len(root) <= MAX_ROOT_CHARS and urlsplit(root)[:2] == urlsplit(answering)[:2]:
            yield root
    yield f"{answering}/wp-json/"
    yield f"{answering}/?rest_route=/"


def _found(index: dict[str, Any], root: str, answering: str) -> FoundSite:
    home = index.get("home")
    site = answering
    if isinstance(home, str):
        try:
            site = canonical_site(home) if urlsplit(home)[:2] == urlsplit(answering)[:2] else answering
        except BadSite:
            site = answering
    authentication = index.get("authentication")
    return FoundSite(
        site=site,
        root=root,
        title=title_of(str(index.get("name", ""))),
        takes_passwords=isinstance(authentication, dict) and "application-passwords" in authentication,
    )


def _join(asked: str, answered: str) -> str:
    """The address that was asked for, at the scheme and host that answered."""
    answering, path = urlsplit(answered), urlsplit(asked).path
    return canonical_site(f"{answering.scheme}://{answering.netloc}{path}")
