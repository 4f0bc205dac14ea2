# SPDX-License-Identifier: Apache-2.0
"""
A page of the admin UI that waits for a sign-in at the origin (OAuth).

The sign-in happens in a window of its own, because origins let nobody frame them. It ends on a page of the service,
which talks to the page that opened the window. A browser without scripts does it by hand: the last page shows a code,
and the waiting page has a field for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sealock_devkit.zendesk.admin_page import AdminPage, Field, called


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to sign in, and which field takes the code."""

    url: str
    field: Field

    @property
    def code_field(self) -> str:
        """The field's name."""
        return self.field.name

    def is_answered(self, answers: Mapping[str, Any]) -> bool:
        """Whether somebody signed in already, and has the code among the answers."""
        return any(called(self.field, name) for name in answers)


def sign_in_of(page: AdminPage) -> SignIn | None:
    """What a page waits for: it has a link that opens a window, and a field for a one-time code."""
    for form in page.forms:
        for each in form.fields:
            if each.autocomplete == "one-time-code" and page.windows:
                return SignIn(page.windows[0], each)
    return None
