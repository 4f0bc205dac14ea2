# SPDX-License-Identifier: Apache-2.0
"""Whose token a call carries."""

from __future__ import annotations

import hmac

from sealock_devkit.zendesk.rest.refusal import RestRefused
from sealock_devkit.zendesk.store import Account, Store


def bearer_account(store: Store, authorization: str | None) -> Account | None:
    """The account whose access token this is, as it was last given to the admin UI; `None` for no account's."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        return None
    for account in store.accounts.all():
        if account.access_token and hmac.compare_digest(account.access_token, token.strip()):
            return account
    return None


def signed_in(store: Store, authorization: str | None) -> Account:
    """The account that a call is made for. Raises `RestRefused`: 401, or 403 for an integration that cannot push."""
    account = bearer_account(store, authorization)
    if account is None:
        raise RestRefused(401, "invalid_token", "the access token is missing, wrong or not used any more")
    if not store.integrations.get(account.integration_id).manifest.push_client_id:
        raise RestRefused(403, "Forbidden", "the integration's manifest has no push_client_id")
    return account


def check_push_id(store: Store, account: Account, instance_push_id: str) -> None:
    """The id must be the token's own account. Raises `RestRefused`: 404 for nobody's id, 403 for another's."""
    if account.instance_push_id == instance_push_id:
        return
    if any(other.instance_push_id == instance_push_id for other in store.accounts.all()):
        raise RestRefused(403, "Forbidden", "instance_push_id is another account's")
    raise RestRefused(404, "RecordNotFound", "instance_push_id is not known")
