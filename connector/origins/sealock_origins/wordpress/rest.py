# SPDX-License-Identifier: Apache-2.0
"""Calls of a site's REST API at the address where it is now: a site that moved a little is followed, no further."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote
from xmlrpc.client import dumps

from sealock_connector import Cause, ConnectorError, OriginUnavailable
from sealock_connector.answers import moved_to
from sealock_connector.egress import Address, EgressDenied, OriginAnswer, OriginClient, OriginMoved

_MOST_MOVES = 3
_KEPT_METHOD = {301, 302, 307, 308}
"""Redirects before anything was done; 303 says that it was."""
_HTTPS = 443
_IN_PATHS = "/:@!$&'()*+,;=~"


class Rest:
    """
    A site's REST API with one user's credentials.

    The credentials go to the site's own host alone: with or without `www.`, never from https to http. `root` is
    where the API begins, as an account keeps it, and changes when the site redirects to another such address.
    """

    def __init__(self, http: OriginClient, root: str, credentials: tuple[str, str]) -> None:
        self.root = root
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
            response = await self._http.request(method, address, auth=auth, **{**request, "params": query})
            if not self._follows(response, address, route):
                return response
        raise OriginUnavailable("the site redirects without an end", cause=Cause.REDIRECT_LOOP)

    async def signs_in_by_xml(self) -> bool:
        """Whether the site's XML-RPC, which is at the same host, accepts the credentials. No if it does not answer."""
        user, password = self._credentials
        call = dumps((user, password), "wp.getUsersBlogs", encoding="utf-8").encode("utf-8", "xmlcharrefreplace")
        try:
            response = await self._http.request(
                "POST", self._beside("xmlrpc.php"), content=call, headers={"Content-Type": "text/xml"}
            )
        except ConnectorError:
            return False
        return response.is_success and b"<name>isAdmin</name>" in response.content

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
            raise OriginMoved(moved_to(response))
        root = self._root_of(place, route)
        if asked.origin == place.origin or root is None:
            return False
        if response.is_redirect and response.status_code not in _KEPT_METHOD:
            return False
        self.root = root
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
