# SPDX-License-Identifier: Apache-2.0
"""Every point where Zendesk's behaviour is not known, as a setting with what its documentation implies."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sealock_devkit.zendesk.judge import Leeway
from sealock_devkit.zendesk.settings.declared import BadSetting, Declared, checked, comma_separated, declared_in
from sealock_devkit.zendesk.settings.installing import AccountSettings, BasicSettings, LinkSettings, ManifestSettings
from sealock_devkit.zendesk.settings.receiving import AnswerSettings, ConversionSettings, PullSettings, RestSettings
from sealock_devkit.zendesk.settings.sending import ChannelbackSettings, EventSettings, FileSettings

__all__ = ["BadSetting", "Declared", "Settings", "all_declared", "comma_separated", "parse_setting", "parse_value"]

GROUPS = (
    BasicSettings,
    ManifestSettings,
    AccountSettings,
    AnswerSettings,
    PullSettings,
    ConversionSettings,
    ChannelbackSettings,
    EventSettings,
    FileSettings,
    RestSettings,
    LinkSettings,
)


@dataclass(frozen=True, kw_only=True)
class Settings(
    BasicSettings,
    ManifestSettings,
    AccountSettings,
    AnswerSettings,
    PullSettings,
    ConversionSettings,
    ChannelbackSettings,
    EventSettings,
    FileSettings,
    RestSettings,
    LinkSettings,
):
    """
    How this Zendesk behaves. All can be changed while it runs.

    Times are seconds. "unknown" in a sentence means that Zendesk does not document the point, and that a service must
    work with every value.
    """

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with some of them changed. Raises `BadSetting`."""
        kinds = _kinds()
        return replace(self, **{name: checked(name, value, kinds.get(name)) for name, value in changes.items()})

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, in the order of their groups."""
        return {each.name: getattr(self, each.name) for each in all_declared()}

    @property
    def finalizer_url(self) -> str:
        """The return_url that the admin UI gets."""
        path = "/zendesk/channels/integration_service_instances/editor_finalizer"
        return self.return_url or f"https://{self.subdomain}.zendesk.com{path}"

    @property
    def leeway(self) -> Leeway:
        """What is taken where schema and documentation differ."""
        return Leeway(
            resources_max=self.resources_refused_above,
            parent_id_max=self.parent_id_characters,
            display_info_may_be_text=self.display_info_data == "object or string",
            documented_is_refused=self.documented_rules == "refused",
        )

    def counts_as_401(self, status: int | None) -> bool:
        """Whether a pull's status is a refusal of the account."""
        return status == 401 or str(status) in comma_separated(self.pull_statuses_like_401)


@cache
def all_declared() -> tuple[Declared, ...]:
    """Every setting, group by group."""
    return tuple(each for group in GROUPS for each in declared_in(group))


@cache
def _kinds() -> Mapping[str, Any]:
    return {each.name: each.kind for each in all_declared()}


def parse_setting(text: str) -> tuple[str, Any]:
    """A setting from the command line, `NAME=VALUE`: true, false and numbers as such. Raises `BadSetting`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise BadSetting("a setting is NAME=VALUE")
    return name, value if _is_text(name) else parse_value(value)


def parse_value(text: str) -> Any:
    """What a typed value means: true, false and numbers as such."""
    if text in {"true", "false"}:
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _is_text(name: str) -> bool:
    kind = _kinds().get(name)
    return kind is str or typing.get_origin(kind) is typing.Literal
