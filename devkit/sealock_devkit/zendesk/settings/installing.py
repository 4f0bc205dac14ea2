# SPDX-License-Identifier: Apache-2.0
"""Settings of this Zendesk itself, of manifests, accounts and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealock_devkit.zendesk.settings.declared import setting


@dataclass(frozen=True, kw_only=True)
class BasicSettings:
    """Basics"""

    subdomain: str = setting("demo", "Zendesk's account: told to the admin UI, and in every event.")
    locale: str = setting("en-US", "The administrator's language, told to the admin UI.")
    supported_locales: str = setting(
        "", "The languages that this Zendesk supports, separated by commas, such as en-US, de. Empty: any."
    )
    loopback_http_is_https: bool = setting(
        True,
        "Take plain http on this machine for https, as one works without certificates. Other hosts always need https.",
    )
    page_timeout_seconds: float = setting(
        60, "The time of a manifest, a page of the admin UI, a link or a healthcheck; unknown."
    )
    ticket_via: Literal["service_info", "flat"] = setting(
        "service_info",
        "Where a ticket's via has the names of integration and account: in an object under from, as in recordings, or "
        "in from itself, as in lists made from the documentation; uncertain.",
    )
    calls_kept: int = setting(10_000, "How many calls, settled events and violations are remembered, of each.")


@dataclass(frozen=True, kw_only=True)
class ManifestSettings:
    """Manifest"""

    manifest_poll_seconds: float = setting(
        14_400, 'How long a manifest is used before it is read again: "hours" in the documentation.'
    )
    manifest_redirects: Literal["301", "any"] = setting(
        "301", "Which redirects of the manifest's URL are followed: 301 is documented, others are unknown."
    )
    same_manifest_version: Literal["taken", "kept"] = setting(
        "taken",
        "A changed manifest under the version that it had. The documentation says that the version tells whether a "
        "copy is stale; whether nothing else does is unknown.",
    )
    relative_manifest_urls: Literal["resolved", "refused"] = setting(
        "resolved",
        "A relative URL in the manifest: Zendesk's own tutorial has them, while the schema asks for https; uncertain.",
    )
    empty_manifest_urls: Literal["refused", "absent"] = setting(
        "refused", "An empty string as a URL in the manifest: the schema refuses it, one service got away with it."
    )
    unreadable_manifest: Literal["old one is used", "accounts are deactivated"] = setting(
        "old one is used", "What happens when a manifest is invalid or cannot be read again; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """Accounts"""

    return_url: str = setting(
        "",
        "Where the admin UI's last form posts to. Empty: Zendesk's own recorded address under the subdomain.",
    )
    account_without_name: Literal["refused", "integration's name"] = setting(
        "refused", "An admin UI that ends without a name for the account; unknown."
    )
    too_long_account: Literal["refused", "cut"] = setting(
        "refused", "An admin UI that ends with a name, metadata or state over the limit; unknown."
    )
    duplicate_account_name: Literal["accepted", "refused"] = setting(
        "accepted", "A second account of the same name; unknown."
    )
    edit_without_state: Literal["keep", "clear"] = setting(
        "keep", "What an edit of an account does to its state when the admin UI sends none; unknown."
    )
    edit_token: Literal["fresh", "same"] = setting(
        "fresh", "Whether editing an account makes another push token; unknown."
    )
    edit_reactivates: bool = setting(
        True, "Whether saving a deactivated account in the admin UI makes it active again; unknown."
    )


@dataclass(frozen=True, kw_only=True)
class LinkSettings:
    """Links and health"""

    clickthrough_query: Literal["joined", "replaced"] = setting(
        "joined",
        "A query that clickthrough_url has already: external_id is joined to it with &, or stands alone; unknown.",
    )
    about_url_locale: bool = setting(
        False, "Whether about_url and dashboard_url are opened with the administrator's locale in the query; unknown."
    )
    healthcheck_interval_seconds: float = setting(
        0, "How often healthcheck_url is called by itself; unknown. 0: only when somebody asks."
    )
    failed_healthcheck: Literal["shown", "pulls wait"] = setting(
        "shown",
        "What a failed health check does: it is shown only, or accounts are not pulled by themselves until one "
        "succeeds; unknown.",
    )
