# SPDX-License-Identifier: Apache-2.0
"""From a TOML file and the environment to a checked `Config`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sealock_edge.config.checks import check_edge, check_integration, check_integrations, check_path, check_zendesk
from sealock_edge.config.files import TwiceInFolder, UnreadableFile, tables_of
from sealock_edge.config.section import Section
from sealock_edge.config.tree import INTERNAL, PUBLIC, Config, EdgeConfig, IntegrationConfig, ZendeskConfig

ENVIRONMENT = "SEALOCK_EDGE"
"""Variables are named after the setting: `SEALOCK_EDGE_PUBLIC_URL`, `SEALOCK_EDGE_ZENDESK_HOSTS`,
`SEALOCK_EDGE_INTEGRATIONS_GUESTBOOK_TARGET`."""


class ConfigError(ValueError):
    """The configuration is wrong. `problems` says what, one sentence for each setting, and never shows a value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """
    Read and check the file, or all `*.toml` files of a folder; variables of the environment win over them.

    Raises `ConfigError` with everything that is wrong at once.
    """
    try:
        tables = tables_of(path)
    except (UnreadableFile, TwiceInFolder) as error:
        raise ConfigError([str(error)]) from None
    return read(tables, environment)


def read(tables: Mapping[str, Any], environment: Mapping[str, str]) -> Config:
    """Check what a TOML file said. Raises `ConfigError`."""
    problems: list[str] = []
    for name, table in tables.items():
        if name not in ("edge", "zendesk", "integrations"):
            problems.append(f"{name} is not a table of this file")
        elif not isinstance(table, Mapping):
            problems.append(f"{name} must be a table")
    if problems:
        raise ConfigError(problems)

    edge = _edge(
        _section(
            "edge", tables.get("edge", {}), EdgeConfig, prefix=ENVIRONMENT, environment=environment, problems=problems
        )
    )
    zendesk = _zendesk(
        _section(
            "zendesk",
            tables.get("zendesk", {}),
            ZendeskConfig,
            prefix=f"{ENVIRONMENT}_ZENDESK",
            environment=environment,
            problems=problems,
        )
    )
    integrations = {
        path: _integration(path, table, environment, problems) for path, table in tables.get("integrations", {}).items()
    }
    problems += check_integrations(integrations)
    if problems:
        raise ConfigError(problems)
    return Config(edge, zendesk, integrations)


def _section(
    name: str, table: Any, tree: type, *, prefix: str, environment: Mapping[str, str], problems: list[str]
) -> Section:
    if not isinstance(table, Mapping):
        problems.append(f"{name} must be a table")
        table = {}
    overrides = {
        setting.name: environment[variable]
        for setting in fields(tree)
        if (variable := f"{prefix}_{setting.name.upper()}") in environment
    }
    return Section(name, table, overrides, problems)


def _edge(section: Section) -> EdgeConfig:
    read = EdgeConfig(
        public_url=section.text("public_url", max_chars=255).rstrip("/"),
        keys=Path(section.text("keys")),
        listen=section.listener("listen", PUBLIC),
        internal_listen=section.listener("internal_listen", INTERNAL),
        workers=section.whole_number("workers", 1, least=1, most=64),
        drain_seconds=section.seconds("drain_seconds", 5.0, least=0.0, most=300.0),
        shutdown_seconds=section.seconds("shutdown_seconds", 60.0, least=1.0, most=600.0),
        pull_seconds=section.seconds("pull_seconds", 50.0, least=1.0, most=58.0),
        channelback_seconds=section.seconds("channelback_seconds", 50.0, least=1.0, most=58.0),
        reply_file_bytes=section.whole_number("reply_file_bytes", 52_428_800, least=1, most=1_073_741_824),
        origin_file_bytes=section.whole_number("origin_file_bytes", 52_428_800, least=1, most=1_073_741_824),
        file_seconds=section.seconds("file_seconds", 60.0, least=1.0, most=600.0),
        file_link_seconds=section.seconds("file_link_seconds", 86_400.0, least=60.0, most=2_592_000.0),
        certificate=section.path("certificate"),
        key=section.path("key"),
    )
    section.finish()
    check_edge(section, read)
    return read


def _zendesk(section: Section) -> ZendeskConfig:
    read = ZendeskConfig(
        hosts=section.texts("hosts", ("zendesk.com",)),
        development_origins=section.texts("development_origins"),
    )
    section.finish()
    check_zendesk(section, read)
    return read


def _integration(path: str, table: Any, environment: Mapping[str, str], problems: list[str]) -> IntegrationConfig:
    name = f"integrations.{path}"
    prefix = f"{ENVIRONMENT}_INTEGRATIONS_{path.upper().replace('-', '_')}"
    section = _section(name, table, IntegrationConfig, prefix=prefix, environment=environment, problems=problems)
    read = IntegrationConfig(
        path=path,
        id=section.text("id", max_chars=511),
        name=section.text("name", max_chars=255),
        target=section.text("target"),
        author=section.text("author", "", max_chars=255),
        insecure=section.flag("insecure", default=False),
        ca=section.path("ca"),
        certificate=section.path("certificate"),
        key=section.path("key"),
        server_name=section.text("server_name", "", max_chars=255),
        clickthrough_hosts=section.texts("clickthrough_hosts"),
        push_client_id=section.text("push_client_id", "", max_chars=127),
    )
    section.finish()
    check_path(section, path)
    check_integration(section, read)
    return read
