# SPDX-License-Identifier: Apache-2.0
"""Installs an integration by its installer app, as an administrator does in Zendesk (protocol: installer app)."""

from __future__ import annotations

from sealock_devkit.app.lint import read_app_zip
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.pictures import is_sane_png
from sealock_devkit.zendesk.store import Integration


async def install_app(zendesk: LocalZendesk, content: bytes) -> Integration:
    """
    Install the integration that an app's zip names, and remember the app with its logo.

    An integration that is installed already has its manifest read again. Raises `AppRefused` for whatever
    `sealock app lint` finds, `PackageUnreadable` for what is no zip, and `ManifestRefused`.
    """
    app = read_app_zip(content, loopback_http_is_https=zendesk.settings.loopback_http_is_https)
    integration = await zendesk.install(app.manifest_url)
    zendesk.store.apps.save(
        integration.id,
        name=app.name,
        version=app.version,
        identifier=app.identifier,
        logo=app.logo if is_sane_png(app.logo) else b"",
        installed_at=zendesk.context.now(),
    )
    zendesk.context.changes.announce()
    return integration
