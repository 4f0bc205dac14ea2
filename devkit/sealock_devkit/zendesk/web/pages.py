# SPDX-License-Identifier: Apache-2.0
"""From a template to an answer with the headers that guard it."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from falcon import MEDIA_HTML
from falcon.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from sealock_devkit.zendesk.local_zendesk import LocalZendesk

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


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
        response.set_headers(_HEADERS)
        response.set_header("Content-Security-Policy", _policy(nonce, frames, framed=framed))


def _policy(nonce: str, frames: str, *, framed: bool) -> str:
    parts = urlsplit(frames)
    service = f" {parts.scheme}://{parts.netloc}" if frames else ""
    frame_sources = f"'self'{service}" if frames else "'none'"
    ancestors = "'self'" if framed else "'none'"
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' https:; connect-src 'self'; "
        f"base-uri 'none'; form-action 'self'{service}; frame-src {frame_sources}; frame-ancestors {ancestors}"
    )


def instant(stamp: str | None) -> str:
    """An instant as people read it, in UTC."""
    return datetime.fromisoformat(stamp).strftime("%d %b %H:%M:%S") if stamp else "never"


def size(count: int) -> str:
    """A number of bytes as people read it."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1024:,.1f} kB" if count < 1000 * 1024 else f"{count / 1024 / 1024:,.1f} MB"
