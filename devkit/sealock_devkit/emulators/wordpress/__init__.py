# SPDX-License-Identifier: Apache-2.0
"""A real WordPress on loopback, for tests and for the demo."""

from sealock_devkit.emulators.wordpress.installed import missing
from sealock_devkit.emulators.wordpress.proxy import FaultyProxy
from sealock_devkit.emulators.wordpress.site import NewComment, Site, SiteUser, StoredComment
from sealock_devkit.emulators.wordpress.wordpress import WordPress

__all__ = [
    "FaultyProxy",
    "NewComment",
    "Site",
    "SiteUser",
    "StoredComment",
    "WordPress",
    "missing",
]
