# SPDX-License-Identifier: Apache-2.0
"""Where a site's REST API is: it depends on the site's permalinks, and a wrong guess gets the home page, status 200."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sealock_connector import Cause, ConnectorError, OriginThrottled, OriginUnavailable, OriginUnreached
from sealock_connector.egress import Address, OriginAnswer, OriginClient, OriginMoved
from sealock_connector.markup import MOST_CHARS, MarkupFailed, linked, one_line
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.ids import MOST_TYPED_CHARS, BadSite, canonical_site
from sealock_origins.wordpress.refusals import NOBODY, Refused, read_answer

MAX_ROOT_CHARS = 400
"""The account keeps it, and an account has room for 3,072 bytes."""
_RELATION = "https://api.w.org/"
_MOST_ROOTS = 4
_MOST_TRIES = 12
_USUAL = ("/wp-json/", "/?rest_route=/", "/index.php/wp-json/")
_SIGN_UP = "/wp-signup.php"
"""Where a network leads callers of a name that it has no site for: what answers there is another of its sites."""
_UNSEEN = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_VISITORS_KEPT_OUT = {Cause.FIREWALL, Cause.CHALLENGE, Cause.HOST_PASSWORD, Cause.MAINTENANCE}
_TOLD = {
    Cause.TIMED_OUT,
    Cause.MOVED,
    Cause.REDIRECT_LOOP,
    Cause.MAINTENANCE,
    Cause.CHALLENGE,
    Cause.HOST_PASSWORD,
    Cause.FIREWALL,
    Cause.UNREADABLE,
    Cause.TOO_LARGE,
    Cause.ORIGIN_FAILED,
    Cause.CALLS_USED_UP,
    Cause.CREDENTIALS_DROPPED,
    Cause.SUSPENDED,
}
_MOST_TITLE_CHARS = 255


class NotWordPress(Exception):
    """Something answers at the address, but it is no WordPress, or none whose REST API can be found."""


class Emptied(NotWordPress):
    """JSON answers where the index of a REST API should be, without what is in one: some plugins take it out."""


class BrokenOff(OriginUnavailable):
    """The site's pages are there, and the connection breaks wherever its REST API answers."""

    cause = Cause.CONNECTION_BROKEN


class RestRefused(Exception):
    """A WordPress that lets nobody use its REST API, not even with these credentials; `refused` is what it says."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


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


def typed_site(text: str) -> str:
    """
    The canonical address of what an administrator typed or pasted: of the dashboard, the API, a page of the site.

    Raises `BadSite`.
    """
    address = _UNSEEN.sub("", text).strip().strip("<>\"'")
    if len(address) <= MOST_TYPED_CHARS:
        address = re.split(r"[?#]", address, maxsplit=1)[0]
    return canonical_site(address)


class Discovery:
    """
    Finds the WordPress that answers at an address, redirects followed.

    The credentials are tried where visitors are kept out; at another host than the one asked for only if
    `anywhere` says so.
    """

    def __init__(self, http: OriginClient, credentials: tuple[str, str], *, anywhere: bool) -> None:
        self._http = http
        self._credentials = credentials
        self._anywhere = anywhere
        self._has_pages = False

    async def find(self, address: str) -> FoundSite:
        """
        The site at a canonical address.

        Raises `NotWordPress`, `RestRefused`, `BadSite`, and the SDK's errors for what answers instead, or if nothing
        does.
        """
        problems: list[Exception] = []
        places = await self._places(address, problems)
        for _ in range(_MOST_TRIES):
            if not places:
                break
            place = places.pop(0)
            try:
                return await self._try(place, address)
            except OriginMoved as moved:
                problems.append(moved)
                if moved.to and (self._anywhere or _is_at(moved.to, address)):
                    places.insert(0, place.at(moved.to))
            except (Refused, ConnectorError, NotWordPress) as problem:
                problems.append(problem)
        told = _telling(problems)
        if isinstance(told, NotWordPress) and self._has_pages and any(map(_is_broken_off, problems)):
            raise BrokenOff("the site's REST API breaks connections off")
        raise told

    async def _places(self, address: str, problems: list[Exception]) -> list[_Place]:
        """Where the API may be: what the front page says, then the usual places."""
        bases, places = [address], []
        try:
            front = await self._http.get(f"{address}/")
        except OriginUnreached:
            raise
        except ConnectorError as error:
            problems.append(error)
        else:
            if front.url.path.endswith(_SIGN_UP):
                raise NotWordPress
            self._has_pages = front.is_success
            answering = _join(address, str(front.url))
            bases.insert(0, answering)
            said = list(_links(front.headers.get("link", "")))
            if "html" in front.headers.get("content-type", ""):
                # Not `front.text`: the site would choose the codec, and some take ever longer.
                said += await _linked(front.content[:MOST_CHARS].decode(errors="replace"))
            places = [_Place(root, answering) for root in said[:_MOST_ROOTS] if _is_at(root, answering)]
        places += [_Place(f"{base}{usual}", base) for base in bases for usual in _USUAL]
        return [place for place in dict.fromkeys(places) if len(place.root) <= MAX_ROOT_CHARS]

    async def _try(self, place: _Place, address: str) -> FoundSite:
        """The site whose API is at the place. Raises what is there instead."""
        try:
            return await self._index(place, auth=None)
        except (Refused, ConnectorError, Emptied) as error:
            may = self._anywhere or _is_at(place.root, address)
            if not may or (isinstance(error, ConnectorError) and error.cause not in _VISITORS_KEPT_OUT):
                raise
            kept_out = error
        try:
            return await self._index(place, auth=self._credentials)
        except OriginMoved:
            raise
        except (Refused, NotWordPress, ConnectorError):
            # Some refuse the index alone.
            return await self._try_user(place, kept_out)

    async def _try_user(self, place: _Place, kept_out: Exception) -> FoundSite:
        """The site, if its API knows the user, or says in WordPress's own words that it does not."""
        try:
            await Api(self._http, place.root, self._credentials).who_we_are()
        except Refused as refused:
            if refused.code not in NOBODY:
                raise kept_out from None
        except ConnectorError:
            raise kept_out from None
        return _found({}, place)

    async def _index(self, place: _Place, *, auth: tuple[str, str] | None) -> FoundSite:
        # The routes of many plug-ins can be more than is taken.
        root = Address.read(place.root)
        index = root.asking({**root.parameters, "_fields": "name,home,namespaces,authentication"})
        answer = await self._http.get(index, auth=auth, headers={"accept": "application/json"})
        found = read_answer(answer)
        namespaces = found.get("namespaces") if isinstance(found, dict) else None
        if isinstance(namespaces, dict):  # as PHP says a list that has a gap
            namespaces = list(namespaces.values())
        if isinstance(namespaces, list) and "wp/v2" in namespaces:
            return _found(found, place.answered(answer))
        raise NotWordPress if namespaces or not isinstance(found, dict | list) else Emptied


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a REST API may begin, and the address of the site that it would be of."""

    root: str
    site: str

    def at(self, origin: str) -> _Place:
        """The same at another scheme and host."""
        root = urlsplit(self.root)
        return _Place(f"{origin}{root.path}{'?' if root.query else ''}{root.query}", _join(self.site, origin))

    def answered(self, answer: OriginAnswer) -> _Place:
        """The same where the answer came from."""
        if not answer.history or len(str(answer.url)) > MAX_ROOT_CHARS:
            return self
        route = answer.url.parameters.get("rest_route")
        root = answer.url.asking({} if route is None else {"rest_route": route})
        return _Place(str(root), _join(self.site, str(answer.url)))


def _telling(problems: list[Exception]) -> Exception:
    """The problem that says most of why no API was found."""
    for problem in problems:
        if isinstance(problem, Refused):
            return RestRefused(problem)
    told = [each for each in problems if isinstance(each, ConnectorError) and tells_more(each)]
    return told[0] if told else NotWordPress()


def _is_broken_off(problem: Exception) -> bool:
    return isinstance(problem, ConnectorError) and problem.cause is Cause.CONNECTION_BROKEN


def tells_more(error: ConnectorError) -> bool:
    """
    Whether an error says more than that no WordPress is there; never what is inside our own network.

    Of two things with one cause a certificate is told, and that no TLS is spoken is not.
    """
    if isinstance(error, BrokenOff):
        return True
    if error.cause is Cause.CERTIFICATE:
        return "certificate" in str(error)
    return isinstance(error, OriginThrottled) or error.cause in _TOLD


def _found(index: dict[str, Any], place: _Place) -> FoundSite:
    home = index.get("home")
    site = place.site
    if isinstance(home, str) and _is_at(home, place.site):
        try:
            site = canonical_site(home)
        except BadSite:
            site = place.site
    authentication = index.get("authentication")
    return FoundSite(
        site=site,
        root=place.root,
        title=one_line(str(index.get("name", "")), _MOST_TITLE_CHARS),
        takes_passwords=not index or (isinstance(authentication, dict) and "application-passwords" in authentication),
    )


def _links(header: str) -> Iterator[str]:
    """The addresses of a Link header that are of the relation."""
    for link in re.split(r",\s*(?=<)", header[:MOST_CHARS]):
        address, *parameters = link.split(";")
        relations = [each.partition("=")[2].strip(" \"'") for each in parameters if each.strip().startswith("rel=")]
        if relations[:1] == [_RELATION]:
            yield address.strip(" <>")


async def _linked(page: str) -> list[str]:
    try:
        return await linked(page, _RELATION)
    except MarkupFailed:
        return []


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
