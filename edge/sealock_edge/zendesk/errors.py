# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a request or an answer, by whose fault it is."""

from __future__ import annotations


class BadForm(ValueError):
    """
    A request's body breaks the protocol.

    `field` is the field's name in the protocol, never taken from the request; `problem` says what is wrong with
    it in a few words, and never repeats its value.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


class ZendeskNotNamed(Exception):
    """
    A call is for, or from, a Zendesk account that the configuration does not name.

    It is answered as metadata that does not open is, so that a stranger does not learn which accounts are named.
    """

    def __init__(self) -> None:
        super().__init__("This Zendesk account is not named in the configuration.")


class OtherZendesk(Exception):
    """An account was sealed for another Zendesk account than the one that the call is for, or from."""

    def __init__(self) -> None:
        super().__init__("This account belongs to another Zendesk account.")


class FaultyAnswer(Exception):
    """A connector's answer breaks the contract in a way that cannot be mended. Names the part, not its value."""

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(f"{part} {problem}")
        self.part = part
        self.problem = problem


class BadSetting(ValueError):
    """A setting does not fit the protocol. `setting` is its name in the configuration."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting} {problem}")
        self.setting = setting
        self.problem = problem
