# SPDX-License-Identifier: Apache-2.0
"""Renders pages: everything escaped, scripts and styles by nonce only, nothing of others."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from falcon import MEDIA_HTML
from falcon.asgi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent.parent / "templates"


class Pages:
    """The templates."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["when"] = _when

    def answer(self, resp: Response, template: str, *, form_action: str = "", **values: Any) -> None:
        """Answer a page; `form_action` is a place besides this server where its forms may lead."""
        nonce = secrets.token_urlsafe(16)
        resp.content_type = MEDIA_HTML
        resp.set_headers(
            {
                "Content-Security-Policy": (
                    f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:; "
                    f"media-src 'self'; connect-src 'self'; form-action 'self' {form_action}; "
                    "base-uri 'none'; frame-ancestors 'none'"
                ),
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Cache-Control": "no-store",
            }
        )
        resp.text = self._templates.get_template(template).render(nonce=nonce, **values)


def _when(instant: float) -> str:
    return datetime.fromtimestamp(instant, tz=UTC).strftime("%d %B %Y, %H:%M:%S")
