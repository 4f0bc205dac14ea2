# SPDX-License-Identifier: Apache-2.0
"""The author of an external resource (protocol: author object)."""

from __future__ import annotations

import re
from typing import Any, Final

from sealock.connector.v1.external_resource_pb2 import Author
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.outcomes import Mended
from sealock_edge.zendesk.texts import one_line
from sealock_edge.zendesk.urls import https_url
from sealock_edge.zendesk.values import fields_answer

_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)


def author_answer(author: Author, mended: list[Mended]) -> dict[str, Any]:
    """The author for Zendesk, whose id was checked before. What was changed is added to `mended`."""
    answer: dict[str, Any] = {"external_id": author.external_id}
    if name := author.name:
        if len(name) <= limits.AUTHOR_NAME_CHARS and name.isprintable() and not name.isspace():
            answer["name"] = name
        else:
            _mend_name(answer, name, mended)
    if image_url := author.image_url:
        if url := https_url(image_url, limits.AUTHOR_IMAGE_URL_CHARS):
            answer["image_url"] = url
        else:
            mended.append(Mended.IMAGE_LEFT_OUT)
    if locale := author.locale:
        if len(locale) <= limits.AUTHOR_LOCALE_CHARS and _LANGUAGE_TAG.fullmatch(locale):
            answer["locale"] = locale
        else:
            mended.append(Mended.LOCALE_LEFT_OUT)
    if author.fields:
        _add_fields(answer, author, mended)
    return answer


def _mend_name(answer: dict[str, Any], name: str, mended: list[Mended]) -> None:
    fit = one_line(name)
    if len(fit) > limits.AUTHOR_NAME_CHARS:
        fit = fit[: limits.AUTHOR_NAME_CHARS - 1].rstrip() + "…"
    if fit:
        answer["name"] = fit
    mended.append(Mended.NAME_CUT)


def _add_fields(answer: dict[str, Any], author: Author, mended: list[Mended]) -> None:
    fields, complete = fields_answer(author.fields, limits.AUTHOR_FIELDS_ITEMS)
    if fields:
        answer["fields"] = fields
    if not complete:
        mended.append(Mended.FIELD_LEFT_OUT)
