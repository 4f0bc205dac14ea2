# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: the fields of its form, and what is said where Meta does not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sealock_connector import ConnectorError, Field, FieldKind, OriginThrottled, OriginUnreached, Text
from sealock_origins.meta.failures import Meaning, Refused

NOW = "now"
"""A choice of where to start; the others are numbers of days."""
_DAY = 24 * 60 * 60


def checkbox(name: str, label: Text, shown: Mapping[str, str]) -> Field:
    """A box to tick."""
    return Field(name, label, FieldKind.CHECKBOX, value=shown.get(name, "false"), required=False)


def select(name: str, label: Text, options: Sequence[tuple[str, str]], shown: Mapping[str, str]) -> Field:
    """A choice, the first of the options if nothing was chosen."""
    return Field(name, label, FieldKind.SELECT, value=shown.get(name, options[0][0]), options=options)


def start_of(chosen: str, now: int) -> int:
    """The second to start from, now or so many days ago."""
    return now if chosen == NOW else now - int(chosen) * _DAY


def is_checked(given: Mapping[str, str], name: str) -> bool:
    """Whether a box was ticked."""
    return given.get(name) == "true"


def checkbox_value(ticked: bool) -> str:
    """A box's value."""
    return "true" if ticked else "false"


@dataclass(frozen=True, slots=True)
class FailureTexts:
    """The sentences of one connector, whose catalogues translate them."""

    unreached: Text
    busy: Text
    failed: Text

    def text_for(self, error: Refused | ConnectorError) -> Text:
        """What the error means to somebody who waits before a form."""
        if isinstance(error, OriginUnreached):
            return self.unreached
        refused = isinstance(error, Refused) and error.meaning is Meaning.THROTTLED
        return self.busy if refused or isinstance(error, OriginThrottled) else self.failed
