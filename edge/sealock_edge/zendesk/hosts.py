# SPDX-License-Identifier: Apache-2.0
"""Which Zendesk accounts the edge is for, and which addresses are theirs: all of it arrives from anybody's browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sealock_edge.zendesk.errors import BadForm, BadSetting, ZendeskNotNamed

ANY: Final = "*"
"""Written in the place of subdomains: any Zendesk account."""

_SUBDOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)
_URL: Final = re.compile(r"https?://[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+", re.ASCII)


class ZendeskHosts:
    """
    The Zendesk accounts that may use the edge, and the hosts below which they live.

    `hosts` are names such as `zendesk.com`. `development_origins` are origins such as
    `http://127.0.0.1:8800` which count as Zendesk's too; they must be on this machine. `subdomains` name the
    accounts, or are `ANY` alone.

    Raises `BadSetting`: a host, an origin or a subdomain is not one, or no account is named.
    """

    def __init__(
        self,
        hosts: Iterable[str] = ("zendesk.com",),
        development_origins: Iterable[str] = (),
        *,
        subdomains: Iterable[str] = (ANY,),
    ) -> None:
        self.hosts = tuple(hosts)
        self.development_origins = tuple(development_origins)
        self._named = _named(tuple(subdomains))
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise BadSetting("zendesk.hosts", f"has {host!r}, which is not a host name such as 'zendesk.com'")
        for origin in self.development_origins:
            if not _is_origin_of_this_machine(origin):
                raise BadSetting(
                    "zendesk.development_origins",
                    f"has {origin!r}, which is not an origin on this machine such as 'http://127.0.0.1:8800'",
                )

    def check_named(self, subdomain: str) -> None:
        """
        The one place where it is decided whether a Zendesk account may use the edge.

        Raises `ZendeskNotNamed`: it may not.
        """
        if self._named is not None and subdomain not in self._named:
            raise ZendeskNotNamed

    def check_subdomain(self, subdomain: str) -> str:
        """
        The subdomain, if it can be a Zendesk account's, whether that may use the edge or not.

        Raises `BadForm`: it cannot.
        """
        if not _SUBDOMAIN.fullmatch(subdomain):
            raise BadForm("subdomain", "is not the name of a Zendesk account")
        return subdomain

    def check_return_url(self, url: str, subdomain: str) -> str:
        """
        The URL, if it is a page of this Zendesk account: https, at exactly its host, without a fragment.

        Raises `BadForm`: it is not, or the subdomain is not one. Raises `ZendeskNotNamed`: it is, but the account may
        not use the edge.
        """
        self.check_subdomain(subdomain)
        split = _split(url)
        if split is None:
            raise BadForm("return_url", "is not a web address")
        if not self._is_for_development(split):
            if split.scheme != "https":
                raise BadForm("return_url", "does not begin with https")
            if not self._is_host_of(split, subdomain):
                raise BadForm("return_url", "does not lead to this Zendesk account")
        self.check_named(subdomain)
        return url

    def owns(self, url: str, subdomain: str) -> bool:
        """Whether a URL leads to this Zendesk account, by https at exactly its host, or to a development origin."""
        split = _split(url)
        if split is None or not _SUBDOMAIN.fullmatch(subdomain):
            return False
        if self._is_for_development(split):
            return True
        return split.scheme == "https" and self._is_host_of(split, subdomain)

    def api_origin(self, subdomain: str) -> str:
        """
        Where this Zendesk account's own API is: below the first of the hosts.

        Where there are development origins, it is the first of them: what is tried out never reaches a real Zendesk.

        Raises `BadForm`: the subdomain cannot be an account's. Raises `ZendeskNotNamed`: it may not use the edge.
        """
        self.check_subdomain(subdomain)
        self.check_named(subdomain)
        if self.development_origins:
            return self.development_origins[0]
        if not self.hosts:
            raise BadForm("subdomain", "is an account's below no host")
        return f"https://{subdomain}.{self.hosts[0]}"

    def _is_for_development(self, split: SplitResult) -> bool:
        return f"{split.scheme}://{split.netloc}" in self.development_origins

    def _is_host_of(self, split: SplitResult, subdomain: str) -> bool:
        name = split.netloc.lower().removesuffix(":443")
        return any(name == f"{subdomain}.{host}" for host in self.hosts)


def origin_of(url: str) -> str:
    """The origin of a URL that was checked, as browsers write it: `https://acme.zendesk.com`."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc.lower().removesuffix(':443' if split.scheme == 'https' else ':80')}"


def _named(subdomains: tuple[str, ...]) -> frozenset[str] | None:
    """The accounts by name; None for any."""
    if subdomains == (ANY,):
        return None
    if not subdomains:
        raise BadSetting("zendesk.subdomains", "names no Zendesk account")
    if ANY in subdomains:
        raise BadSetting("zendesk.subdomains", f"has {ANY!r} beside names")
    for subdomain in subdomains:
        if not _SUBDOMAIN.fullmatch(subdomain):
            raise BadSetting("zendesk.subdomains", f"has {subdomain!r}, which cannot be a Zendesk account's")
    return frozenset(subdomains)


def _split(url: str) -> SplitResult | None:
    if not _URL.fullmatch(url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_origin_of_this_machine(origin: str) -> bool:
    try:
        split = urlsplit(origin)
        host = split.hostname or ""
        port = split.port
    except ValueError:
        return False
    if split.scheme not in {"http", "https"} or f"{split.scheme}://{split.netloc}" != origin or "@" in split.netloc:
        return False
    if host == "localhost":
        return port != 0
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
