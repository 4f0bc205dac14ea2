# SPDX-License-Identifier: Apache-2.0
"""How the core's refusals are answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import falcon
import falcon.asgi

from sealock_devkit.app.lint import AppRefused, PackageUnreadable
from sealock_devkit.zendesk.admin_browser import AdminStopped
from sealock_devkit.zendesk.api.views import page_view
from sealock_devkit.zendesk.clickthrough import NoClickthrough
from sealock_devkit.zendesk.faults import BadFault
from sealock_devkit.zendesk.installation import ManifestRefused
from sealock_devkit.zendesk.puller import NotPullable
from sealock_devkit.zendesk.replies import TicketRefused
from sealock_devkit.zendesk.settings import BadSetting
from sealock_devkit.zendesk.store import Unknown

STATUSES: dict[type[Exception], str] = {
    Unknown: falcon.HTTP_404,
    NoClickthrough: falcon.HTTP_404,
    BadSetting: falcon.HTTP_400,
    BadFault: falcon.HTTP_400,
    ManifestRefused: falcon.HTTP_422,
    AdminStopped: falcon.HTTP_422,
    TicketRefused: falcon.HTTP_422,
    AppRefused: falcon.HTTP_422,
    PackageUnreadable: falcon.HTTP_422,
    NotPullable: falcon.HTTP_409,
}


async def answer_refusal(
    _request: falcon.asgi.Request, response: falcon.asgi.Response, error: Exception, _params: dict[str, Any]
) -> None:
    """Say why in `error`; for the admin UI also what its page said, for an app each finding."""
    response.status = STATUSES[type(error)]
    response.media = {"error": str(error)}
    if isinstance(error, AdminStopped):
        response.media |= {"problems": list(error.problems), "page": page_view(error.page)}
    if isinstance(error, AppRefused):
        response.media |= {"findings": [asdict(finding) for finding in error.findings]}


async def answer_http_error(
    _request: falcon.asgi.Request, response: falcon.asgi.Response, error: falcon.HTTPError, _params: dict[str, Any]
) -> None:
    """The same shape for what the framework refuses."""
    response.status = error.status
    response.media = {"error": error.title or str(error.status)}
    for name, value in dict(error.headers or {}).items():
        response.set_header(name, value)


def add_error_handlers(app: falcon.asgi.App[falcon.asgi.Request, falcon.asgi.Response]) -> None:
    """Answer all refusals of the core and of the framework as JSON."""
    for kind in STATUSES:
        app.add_error_handler(kind, answer_refusal)
    app.add_error_handler(falcon.HTTPError, answer_http_error)
