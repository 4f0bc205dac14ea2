# SPDX-License-Identifier: Apache-2.0
"""What is sealed into URLs of the edge: links to files of the origin, and the token of the event callback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from google.protobuf.message import DecodeError

from sealock.edge.v1.file_link_pb2 import FileLink
from sealock_edge.sealing.sealer import Purpose, Sealer, Unsealable
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.files import name_in_url

_AS_THEY_ARE: Final = "/:?#[]@!$&'()*+,;=%~"
_EVENT_CALLBACK = b"event_callback"


class FileLinks:
    """
    Makes and opens links: `{base_url}/files/{sealed}/{name}`. They expire.

    The integration and the name are bound to the sealed part: it opens for no other, so that a `photo.png` cannot be
    passed on as `photo.html`.
    """

    def __init__(self, sealer: Sealer, clock: Callable[[], datetime], seconds: float) -> None:
        """`seconds` is how long a link leads anywhere."""
        self._sealer = sealer
        self._clock = clock
        self._life = timedelta(seconds=seconds)

    def expiry(self) -> datetime:
        """When links that are made now expire."""
        return self._clock() + self._life

    def link(self, to: FileLink, name: str, until: datetime, *, base_url: str, integration_id: str) -> str:
        """
        A URL that Zendesk takes; empty if there is no room for one, or nothing that it could lead to.

        `base_url` is where the integration's endpoints are. The end of `name` is kept where it has to be shortened.
        """
        if not to.reference:
            return ""
        plain = to.SerializeToString()
        base = f"{quote(base_url, safe=_AS_THEY_ARE)}/files/"
        room = limits.FILE_URL_CHARS - len(base) - self._sealer.sealed_chars(plain, Purpose.FILE) - 1
        shown, written = name_in_url(name, room)
        if not shown:
            return ""
        sealed = self._sealer.seal_until(plain, until, purpose=Purpose.FILE, owner=(integration_id, shown))
        return f"{base}{sealed}/{written}"

    def open(self, sealed: str, name: str, integration_id: str) -> FileLink:
        """
        What a link leads to. `name` is the URL's last part, unescaped.

        Raises `Unsealable`: it was not made for this integration and name, or has expired.
        """
        opened = self._sealer.open(sealed, purpose=Purpose.FILE, owner=(integration_id, name))
        try:
            link = FileLink.FromString(opened.plain)
        except DecodeError:
            raise Unsealable from None
        if not link.account_id or not link.reference:
            raise Unsealable
        return link


class EventTokens:
    """
    Makes and checks tokens. The manifest shows the token to anyone who asks, so it keeps out noise, not attackers:
    what happens to an account is believed only if the account's own sealed metadata comes with it too.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def token(self, integration_id: str) -> str:
        """The integration's token; the same as long as the same key seals."""
        return self._sealer.seal(_EVENT_CALLBACK, purpose=Purpose.EVENT_TOKEN, owner=(integration_id,))

    def is_ours(self, token: str, integration_id: str) -> bool:
        """Whether this is a token of the integration."""
        try:
            opened = self._sealer.open(token, purpose=Purpose.EVENT_TOKEN, owner=(integration_id,))
        except Unsealable:
            return False
        return opened.plain == _EVENT_CALLBACK
