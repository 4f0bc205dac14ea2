# SPDX-License-Identifier: Apache-2.0
"""Which URLs Zendesk takes: https, with a host, in the characters of RFC 3986."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_CHAR: Final = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"
_HTTPS_URL: Final = re.compile(
    r"https://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    rf"(?:/(?:{_CHAR})*)?(?:\?(?:{_CHAR}|\?)*)?(?:#(?:{_CHAR}|\?)*)?"
)
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AS_THEY_ARE: Final = "/:?#@!$&'()*+,;=%~"


def https_url(url: str, max_chars: int) -> str:
    """
    The URL as Zendesk takes it, other characters escaped; empty if it is no https URL or is too long.

    User names and passwords are not taken.
    """
    if not _HTTPS_URL.fullmatch(url):
        url = quote(_LONE_PERCENT.sub("%25", url), safe=_AS_THEY_ARE)
        if not _HTTPS_URL.fullmatch(url):
            return ""
    return url if len(url) <= max_chars else ""
