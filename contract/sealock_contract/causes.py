# SPDX-License-Identifier: Apache-2.0
"""What people read of each cause of the contract: its name in logs and metrics, and a sentence for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock_contract.catalogues import Catalogues

SENTENCES: Final[Mapping[wire.Cause.ValueType, str]] = {
    wire.CAUSE_UNSPECIFIED: "",
    wire.CAUSE_NAME_NOT_RESOLVED: (
        "The name in the address of {origin} is not known on the internet. Check the address, and whether its domain "
        "is still registered."
    ),
    wire.CAUSE_ADDRESS_NOT_ALLOWED: (
        "The address of {origin} may not be called from here: it is not https, or belongs to a private network. Check "
        "the address; whoever runs this integration can allow a network."
    ),
    wire.CAUSE_NOT_REACHED: (
        "Nothing answers at the address of {origin}. Check the address, and whether the server there runs and lets "
        "this integration in."
    ),
    wire.CAUSE_CERTIFICATE: (
        "The certificate of {origin} is not trusted: it may have expired, be for another name, or come without its "
        "intermediate certificates. Whoever runs the server there has to renew it."
    ),
    wire.CAUSE_CONNECTION_BROKEN: (
        "The connection to {origin} broke. It is tried again by itself; if that lasts, whoever runs the server there "
        "has to look."
    ),
    wire.CAUSE_TIMED_OUT: (
        "{origin} takes too long to answer. It is tried again by itself; if that lasts, whoever runs the server there "
        "has to look."
    ),
    wire.CAUSE_MOVED: (
        "The address of {origin} leads to another one. Edit the account and enter the new address, exactly as a "
        "browser shows it there."
    ),
    wire.CAUSE_REDIRECT_LOOP: (
        "The address of {origin} leads round in a circle. Whoever runs the server there has to mend its redirects."
    ),
    wire.CAUSE_MAINTENANCE: "{origin} is being maintained. This goes on by itself when that is over.",
    wire.CAUSE_CHALLENGE: (
        "Something in front of {origin} wants to see that a person is calling: a captcha or a bot check. Whoever runs "
        "the server there can let this integration pass, for example by its address."
    ),
    wire.CAUSE_HOST_PASSWORD: (
        "The web server of {origin} asks for a password of its own before it lets anybody in. Whoever runs the server "
        "has to take it away from the addresses of the API."
    ),
    wire.CAUSE_FIREWALL: (
        "A firewall or a security plug-in refuses what is sent to {origin}. Whoever runs the server there can let "
        "this integration pass; a reply may get through in other words."
    ),
    wire.CAUSE_NOT_ITS_API: (
        "Something else than the API of {origin} answers at its address, such as a web page. Check the address, and "
        "whether the API is switched on there."
    ),
    wire.CAUSE_UNREADABLE: (
        "The answer of {origin} is broken or not as expected. Something there may add text to it, such as a plug-in's "
        "warning; the error log there tells."
    ),
    wire.CAUSE_TOO_LARGE: (
        "{origin} answers with more than is taken, even when it is asked for the least. Look there for an item that "
        "is extraordinarily large."
    ),
    wire.CAUSE_ORIGIN_FAILED: (
        "{origin} itself reports an error. It is tried again by itself; if that lasts, whoever runs the server there "
        "has to look."
    ),
    wire.CAUSE_ROUTE_MISSING: (
        "The API of {origin} lacks a call that is needed. A setting or a plug-in may have switched it off there, or "
        "the version there is too old."
    ),
    wire.CAUSE_RIGHT_MISSING: (
        "The account may not do what is needed at {origin}: a right, a role or a permission is missing. Grant it "
        "there, or edit the account and sign in as somebody who has it."
    ),
    wire.CAUSE_CALLS_USED_UP: "{origin} takes no more calls from this account for now. This goes on by itself later.",
    wire.CAUSE_CREDENTIALS_DROPPED: (
        "The web server of {origin} does not pass the account's sign-in on, so that a visitor is seen there. Whoever "
        "runs the server has to let the Authorization header through."
    ),
    wire.CAUSE_OWNER_NEEDED: (
        "{origin} wants the account's owner to do something there first, such as to confirm who they are or to accept "
        "new terms. Sign in there and do what it asks for."
    ),
    wire.CAUSE_SUSPENDED: (
        "{origin} was switched off by whoever provides it, for example for an unpaid bill or a broken rule. Ask them."
    ),
    wire.CAUSE_VERSION_ENDED: (
        "{origin} no longer serves the version of its API that this integration uses. Whoever runs this integration "
        "has to update it."
    ),
    wire.CAUSE_CONNECTOR_BUSY: (
        "This integration has more to do than it can do at once. It is tried again by itself; if that lasts, whoever "
        "runs this integration has to look."
    ),
    wire.CAUSE_STORE_NOT_REACHED: (
        "This integration cannot reach a store that it needs. Whoever runs this integration has to look."
    ),
    wire.CAUSE_APP_REFUSED: (
        "{origin} refuses the application that this integration calls it with: it is switched off, blocked or wrongly "
        "set up there. Whoever runs this integration has to look."
    ),
    wire.CAUSE_CREDENTIALS_REFUSED: (
        "{origin} no longer accepts this account's sign-in: it expired, its password was changed, or its access was "
        "taken away. Edit the account and sign in again."
    ),
}
"""Total: for each cause what is so, and who can do what; nothing where the cause was not found out."""

TO_WHO_WAITS: Final[Mapping[wire.Cause.ValueType, str]] = {
    wire.CAUSE_CONNECTION_BROKEN: (
        "The connection to {origin} broke. Try again in a moment; if that lasts, whoever runs the server there has to "
        "look."
    ),
    wire.CAUSE_TIMED_OUT: (
        "{origin} takes too long to answer. Try again in a moment; if that lasts, whoever runs the server there has to "
        "look."
    ),
    wire.CAUSE_MAINTENANCE: "{origin} is being maintained. Try again when that is over.",
    wire.CAUSE_ORIGIN_FAILED: (
        "{origin} itself reports an error. Try again in a moment; if that lasts, whoever runs the server there has to "
        "look."
    ),
    wire.CAUSE_CALLS_USED_UP: "{origin} takes no more calls from this account for now. Try again later.",
    wire.CAUSE_CONNECTOR_BUSY: (
        "This integration has more to do than it can do at once. Try again in a moment; if that lasts, whoever runs "
        "this integration has to look."
    ),
}
"""What `SENTENCES` says of pulls, which are made again by themselves, for somebody who has to try again: at a form, or
with a reply."""

CATALOGUES: Final = Catalogues("sealock_contract")
"""The sentences' translations."""

OTHER: Final = "OTHER"
"""The name of a cause that is newer than this process."""


_NAMES: Final[Mapping[int, str]] = {
    cause: "" if cause == wire.CAUSE_UNSPECIFIED else wire.Cause.Name(cause).removeprefix("CAUSE_")
    for cause in SENTENCES
}
_SENTENCES: Final[Mapping[int, str]] = {cause: words for cause, words in SENTENCES.items()}  # noqa: C416
_TO_WHO_WAITS: Final[Mapping[int, str]] = {cause: TO_WHO_WAITS.get(cause, words) for cause, words in SENTENCES.items()}


def cause_name(number: int) -> str:
    """The cause's name in logs and metrics, of a bounded set; empty where none was found out."""
    return _NAMES.get(number, OTHER)


def sentence(number: int, *, to_who_waits: bool = False) -> str:
    """
    The cause's sentence, in English; empty where the cause was not found out, or is newer than this process.

    `to_who_waits`: nothing is tried again by itself; whoever reads it can do that.
    """
    return (_TO_WHO_WAITS if to_who_waits else _SENTENCES).get(number, "")
