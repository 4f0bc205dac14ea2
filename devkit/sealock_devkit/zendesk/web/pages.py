# SPDX-License-Identifier: Apache-2.0
"""From a template to an answer with the headers that guard it."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from urllib.parse import urlsplit

from falcon import MEDIA_HTML
from falcon.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from sealock_devkit.zendesk.local_zendesk import LocalZendesk

_PERMISSIONS = "camera=(), geolocation=(), microphone=()"
_HOST = re.compile(r"[\w.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?", re.ASCII)


class Pages:
    """Renders pages. All is escaped; only scripts with the answer's nonce run; no other site may frame a page."""

    def __init__(self, zendesk: LocalZendesk) -> None:
        self._zendesk = zendesk
        self._templates = Environment(
            loader=PackageLoader("sealock_devkit.zendesk.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["instant"] = instant
        self._templates.filters["size"] = size

    def answer(
        self, response: Response, template: str, *, frames: str = "", framed: bool = False, **values: object
    ) -> None:
        """
        Put the page into the response.

        `frames`: a URL whose origin the page shows in a frame and posts a form to. `framed`: the page itself is shown
        in a frame of ours.
        """
        nonce = secrets.token_urlsafe(18)
        response.text = self._templates.get_template(template).render(
            nonce=nonce,
            subdomain=self._zendesk.settings.subdomain,
            violation_count=self._zendesk.store.violations.count(),
            logos=self._zendesk.store.apps.with_logo(),
            **values,
        )
        response.content_type = MEDIA_HTML
        response.set_header("Permissions-Policy", _PERMISSIONS)
        response.set_header("Content-Security-Policy", _policy(nonce, frames, framed=framed))


def _policy(nonce: str, frames: str, *, framed: bool) -> str:
    service = _source(frames)
    frame_sources = f"'self'{service}" if frames else "'none'"
    ancestors = "'self'" if framed else "'none'"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' https:; connect-src 'self'; "
        f"base-uri 'none'; form-action 'self'{service}; frame-src {frame_sources}; frame-ancestors {ancestors}"
    )


def _source(url: str) -> str:
    """A URL's origin for a policy, with a space before it; empty for a host that could end a directive."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else ""


def instant(stamp: str | None) -> str:
    """An instant as people read it, in UTC."""
    return datetime.fromisoformat(stamp).strftime("%d %b %H:%M:%S") if stamp else "never"


def size(count: int) -> str:
    """A number of bytes as people read it."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1024:,.1f} kB" if count < 1000 * 1024 else f"{count / 1024 / 1024:,.1f} MB"
