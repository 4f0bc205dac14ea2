# SPDX-License-Identifier: Apache-2.0
"""Where a site's REST API is: it depends on the site's permalinks, and a wrong guess gets the home page, status 200."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from sealock_connector import OriginUnavailable
from sealock_connector.markup import MOST_CHARS, MarkupFailed, linked, one_line
from sealock_origins.wordpress.ids import BadSite, canonical_site
from sealock_origins.wordpress.refusals import Refused, read_answer

MAX_ROOT_CHARS = 400
"""The account keeps it, and an account has room for 3,072 bytes."""
_RELATION = "https://api.w.org/"
_MOST_ROOTS = 4
_MOST_TITLE_CHARS = 255


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
    roots = [root async for root in _roots(front, answering)]
    for root in dict.fromkeys(roots):
        try:
            index = read_answer(await http.get(root, follow_redirects=True))
        except Refused:
            refused = True
        except OriginUnavailable:
            continue
        else:
            namespaces = index.get("namespaces") if isinstance(index, dict) else None
            if isinstance(namespaces, list) and "wp/v2" in namespaces:
                return _found(index, root, answering)
    if refused:
        raise RestRefused
    raise NotWordPress


async def _roots(front: httpx2.Response, answering: str) -> AsyncIterator[str]:
    """Where the API may be, at the host that answered: what the front page says, then the usual places."""
    said = [link["url"] for link in front.links.values() if link.get("rel") == _RELATION]
    if "html" in front.headers.get("content-type", ""):
        # Not `front.text`: the site would choose the codec, and some take ever longer.
        said += await _linked(front.content[:MOST_CHARS].decode(errors="replace"))
    for root in said[:_MOST_ROOTS]:
        if len(root) <= MAX_ROOT_CHARS and _is_at(root, answering):
            yield root
    yield f"{answering}/wp-json/"
    yield f"{answering}/?rest_route=/"


async def _linked(page: str) -> list[str]:
    try:
        return await linked(page, _RELATION)
    except MarkupFailed:
        return []


def _found(index: dict[str, Any], root: str, answering: str) -> FoundSite:
    home = index.get("home")
    site = answering
    if isinstance(home, str) and _is_at(home, answering):
        try:
            site = canonical_site(home)
        except BadSite:
            site = answering
    authentication = index.get("authentication")
    return FoundSite(
        site=site,
        root=root,
        title=one_line(str(index.get("name", "")), _MOST_TITLE_CHARS),
        takes_passwords=isinstance(authentication, dict) and "application-passwords" in authentication,
    )


def _is_at(address: str, answering: str) -> bool:
    """Whether an address is at the scheme and host that answered."""
    try:
        return urlsplit(address)[:2] == urlsplit(answering)[:2]
    except ValueError:
        return False


def _join(asked: str, answered: str) -> str:
    """The address that was asked for, at the scheme and host that answered."""
    answering, path = urlsplit(answered), urlsplit(asked).path
    return canonical_site(f"{answering.scheme}://{answering.netloc}{path}")
