# SPDX-License-Identifier: Apache-2.0
"""Channels: the installed integrations with their accounts, and the two ways to install one."""

from __future__ import annotations

from collections.abc import Sequence

import falcon
from falcon.asgi import Request, Response

from sealock_devkit.app.lint import AppRefused, Finding, PackageUnreadable
from sealock_devkit.zendesk.app_installation import install_app
from sealock_devkit.zendesk.installation import ManifestRefused
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.web.confirmations import confirmation
from sealock_devkit.zendesk.web.forms import read_form, read_form_with_files
from sealock_devkit.zendesk.web.pages import Pages


class ChannelsPage:
    """`/channels`: what is installed, and forms to install more."""

    def __init__(self, zendesk: LocalZendesk, pages: Pages) -> None:
        self._zendesk = zendesk
        self._pages = pages

    async def on_get(self, request: Request, response: Response) -> None:
        """The list."""
        self._show(response, done=confirmation(request))

    async def on_post(self, request: Request, response: Response) -> None:
        """Install from `manifest_url`; a manifest that is refused is said to be so beside the form."""
        manifest_url = (await read_form(request)).get("manifest_url", "").strip()
        try:
            integration = await self._zendesk.install(manifest_url)
        except ManifestRefused as refused:
            response.status = falcon.HTTP_422
            self._show(response, manifest_url=manifest_url, problem=str(refused))
            return
        raise falcon.HTTPSeeOther(f"/channels/{integration.id}?done=installed")

    async def on_post_app(self, request: Request, response: Response) -> None:
        """Install by the zip in `app`; what is wrong with it is said beside the form, with what to do about it."""
        form = await read_form_with_files(request)
        problem, findings = form.problem, list[Finding]()
        if not problem and not form.files:
            problem = "Choose the app's zip file."
        if not problem:
            try:
                integration = await install_app(self._zendesk, form.files[0].content)
            except AppRefused as refused:
                problem, findings = "Zendesk would not take this app.", list(refused.findings)
            except (ManifestRefused, PackageUnreadable) as refused:
                problem = str(refused)
            else:
                raise falcon.HTTPSeeOther(f"/channels/{integration.id}?done=installed")
        response.status = falcon.HTTP_422
        self._show(response, app_problem=problem, findings=findings)

    def _show(
        self,
        response: Response,
        *,
        done: str = "",
        manifest_url: str = "",
        problem: str = "",
        app_problem: str = "",
        findings: Sequence[Finding] = (),
    ) -> None:
        store = self._zendesk.store
        self._pages.answer(
            response,
            "channels.html",
            here="channels",
            done=done,
            rows=[(integration, store.accounts.all(integration.id)) for integration in store.integrations.all()],
            manifest={"url": manifest_url, "problem": problem},
            app={"problem": app_problem, "findings": findings},
        )
