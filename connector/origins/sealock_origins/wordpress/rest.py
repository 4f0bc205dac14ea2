# SPDX-License-Identifier: Apache-2.0
"""Calls of a site's REST API at the address where it is now: a site that moved a little is followed, no further."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote
from xmlrpc.client import dumps

from sealock_connector import Cause, ConnectorError, OriginUnavailable
from sealock_connector.answers import diagnosed, moved_to
from sealock_connector.egress import Address, EgressDenied, OriginAnswer, OriginClient, OriginMoved

_MOST_MOVES = 3
_KEPT_METHOD = {301, 302, 307, 308}
"""Redirects before anything was done; 303 says that it was."""
_HTTPS, _NOT_FOUND = 443, 404
_IN_PATHS = "/:@!$&'()*+,;=~"
_A_DAY = 86_400.0
_MOST_TRIED = 10_000


class SignIns:
    """Which credentials were tried in vain, for a day. `now` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._key = secrets.token_bytes(16)
        self._tried: dict[bytes, float] = {}

    def may_try(self, *credentials: str) -> bool:
        """Whether they were not tried for a day; from now on they were."""
        name, now = self._name(credentials), self._now()
        if now - self._tried.get(name, now - _A_DAY) < _A_DAY:
            return False
        self._tried.pop(name, None)
        self._tried[name] = now
        if len(self._tried) > _MOST_TRIED:
            del self._tried[next(iter(self._tried))]
        return True

    def worked(self, *credentials: str) -> None:
        """They were accepted, and may be tried again at any time."""
        self._tried.pop(self._name(credentials), None)

    def _name(self, credentials: tuple[str, ...]) -> bytes:
        return hashlib.blake2b("\n".join(credentials).encode(errors="replace"), key=self._key).digest()


class Rest:
    """
    A site's REST API with one user's credentials.

    The credentials go to the site's own host alone: with or without `www.`, never from https to http. `root` is
    where the API begins, as an account keeps it, and changes when the site redirects to another such address.
    """

    def __init__(self, http: OriginClient, root: str, credentials: tuple[str, str], sign_ins: SignIns) -> None:
        self.root = root
        self._tried_plain = False
        self._given_root = ""
        self._sign_ins = sign_ins
        self._http = http
        self._credentials = credentials

    async def ask(self, method: str, route: str, *, as_visitor: bool = False, **request: Any) -> OriginAnswer:
        """
        Call a route, such as `wp/v2/comments`; `as_visitor` leaves the credentials out.

        Raises the SDK's errors; `OriginMoved` for a site at another host.
        """
        auth = None if as_visitor else self._credentials
        for _ in range(_MOST_MOVES + 1):
            address, query = self._address(route, request.get("params", {}))
            # Where JSON is wanted, WordPress says in JSON, too, why a plug-in ended the call.
            headers = {"accept": "application/json", **request.get("headers", {})}
            response = await self._http.request(
                method, address, auth=auth, **{**request, "params": query, "headers": headers}
            )
            if self._follows(response, address, route) or self._begins_elsewhere(response, address):
                continue
            return response
        raise OriginUnavailable("the site redirects without an end", cause=Cause.REDIRECT_LOOP)

    async def signs_in_by_xml(self) -> bool:
        """
        Whether the site's XML-RPC, which is at the same host, accepts the credentials.

        No if it does not answer, or if it was asked in vain less than a day ago: whoever signs in wrongly more often is
        locked out by many a plug-in.
        """
        place, (user, password) = self._beside("xmlrpc.php"), self._credentials
        if not self._sign_ins.may_try(str(place), user, password):
            return False
        call = dumps((user, password), "wp.getUsersBlogs", encoding="utf-8").encode("utf-8", "xmlcharrefreplace")
        try:
            response = await self._http.request("POST", place, content=call, headers={"Content-Type": "text/xml"})
        except ConnectorError:
            return False
        signed_in = response.is_success and b"<name>isAdmin</name>" in response.content
        if signed_in:
            self._sign_ins.worked(str(place), user, password)
        return signed_in

    def _beside(self, name: str) -> Address:
        """The address of one of WordPress's own files, which are above the API."""
        root = Address.read(self.root)
        folder = root.path if "rest_route" in root.parameters else root.path.rstrip("/").rpartition("/")[0]
        folder = folder.removesuffix("/").removesuffix("index.php").rstrip("/")
        return root.at(f"{folder}/{name}")

    def _address(self, route: str, query: dict[str, Any]) -> tuple[Address, dict[str, Any]]:
        address = Address.read(self.root)
        if (base := address.parameters.get("rest_route")) is not None:
            return address, {"rest_route": f"{base.rstrip('/')}/{route}", **query}
        return address.at(f"{address.path.rstrip('/')}/{route}"), query

    def _follows(self, response: OriginAnswer, asked: Address, route: str) -> bool:
        """Whether to ask again, at the address that the answer led to."""
        place = _led_to(response)
        if place is None:
            return False
        if not _is_one_site(asked, place):
            # To a sign-in, a captcha, or really to where the site is now.
            raise diagnosed(response) if response.is_redirect else OriginMoved(moved_to(response))
        root = self._root_of(place, route)
        if asked.origin == place.origin or root is None:
            return False
        if response.is_redirect and response.status_code not in _KEPT_METHOD:
            return False
        self.root = root
        return True

    def _begins_elsewhere(self, response: OriginAnswer, asked: Address) -> bool:
        """
        Whether to ask again, at the one address that the API has whatever the site's permalinks are.

        They may have been changed since the account was made: then there is a page at the old address, that of nothing
        found, or the home page. If the API is not at that one either, nothing has changed.
        """
        if self._given_root and "rest_route" in asked.parameters and _is_page(response):
            self.root, self._given_root = self._given_root, ""
            return False
        not_done = response.status_code == _NOT_FOUND or (response.is_success and response.request.method == "GET")
        if "rest_route" in asked.parameters or self._tried_plain or not (not_done and _is_page(response)):
            return False
        self._tried_plain, self._given_root = True, self.root
        self.root = str(self._beside("").asking({"rest_route": "/"}))
        return True

    def _root_of(self, place: Address, route: str) -> str | None:
        """Where the API begins, if the place is that of the route."""
        led = _route_of(place)
        if not led.rstrip("/").endswith(f"/{route}"):
            return None
        base = led.rstrip("/").removesuffix(route)
        if "rest_route" in place.parameters:
            return str(place.asking({"rest_route": base}))
        return str(place.at(quote(base, safe=_IN_PATHS)))


def _is_page(response: OriginAnswer) -> bool:
    return response.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and b"</html>" in response.content[-2000:]


def _led_to(response: OriginAnswer) -> Address | None:
    """Where a redirect leads that was followed already, without the credentials, or was not."""
    if response.is_redirect:
        try:
            return response.url.leading_to(response.headers.get("location", ""))
        except (ValueError, EgressDenied):
            return None
    return response.url if response.history else None


def _route_of(address: Address) -> str:
    return address.parameters.get("rest_route", unquote(address.path))


def _is_one_site(one: Address, other: Address) -> bool:
    """Whether two addresses differ in `www.` and in http before https alone, so that credentials may go on."""
    if one.host.removeprefix("www.") != other.host.removeprefix("www."):
        return False
    if (one.scheme, other.scheme) == ("http", "https"):
        return other.port in {one.port, _HTTPS}
    return one.scheme == other.scheme and one.port == other.port
