# SPDX-License-Identifier: Apache-2.0
"""Links to files of the origin: what they lead to is sealed, they expire, and nobody can give them another name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from google.protobuf.message import DecodeError

from sealock.edge.v1.file_link_pb2 import FileLink
from sealock_edge.sealing.errors import Unsealable
from sealock_edge.sealing.sealer import Purpose, Sealer
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.file_names import name_in_url

_AS_THEY_ARE: Final = "/:?#[]@!$&'()*+,;=%~"


class FileLinks:
    """
    Makes and opens links: `{base_url}/files/{sealed}/{name}`.

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
