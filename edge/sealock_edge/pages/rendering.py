# SPDX-License-Identifier: Apache-2.0
"""From a template to an answer with its own policy."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from falcon.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from sealock_edge.pages.texts import Translations


class Pages:
    """
    Renders pages. Everything is escaped; scripts and styles run only with the answer's nonce; only Zendesk may put
    a page into a frame, and only where it has to.
    """

    def __init__(self, translations: Translations, framed_by: Iterable[str]) -> None:
        """`framed_by` are the sources that may frame set-up pages, such as `https://*.zendesk.com`."""
        self._translations = translations
        self._framed_by = " ".join(framed_by)
        self._templates = Environment(
            loader=PackageLoader("sealock_edge.pages"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def answer(
        self,
        resp: Response,
        template: str,
        *,
        locale: str = "",
        framed: bool = False,
        posts_to: str = "",
        **values: object,
    ) -> None:
        """
        Put the page into the response.

        `locale`: Zendesk's tag, or the browser's Accept-Language. `framed`: it is shown inside Zendesk. `posts_to`: a
        URL outside the edge that its form goes to.
        """
        nonce = secrets.token_urlsafe(18)
        texts = self._translations(locale)
        resp.text = self._templates.get_template(template).render(
            _=texts.gettext, ngettext=texts.ngettext, texts=texts, language=texts.language, nonce=nonce, **values
        )
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Language", texts.language.tag)
        resp.set_header("Content-Security-Policy", self._policy(nonce, framed=framed, posts_to=posts_to))

    def _policy(self, nonce: str, *, framed: bool, posts_to: str) -> str:
        forms = "'self'"
        if posts_to:
            parts = urlsplit(posts_to)
            forms += f" {parts.scheme}://{parts.netloc}"
        frames = self._framed_by if framed and self._framed_by else "'none'"
        return (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'none'; "
            f"base-uri 'none'; form-action {forms}; frame-ancestors {frames}"
        )
