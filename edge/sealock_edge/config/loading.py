# SPDX-License-Identifier: Apache-2.0
"""From TOML files and the environment to a checked `Config`: everything that is wrong is found at once."""

from __future__ import annotations

import re
import ssl
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sealock_edge.config.declaring import Setting, WrongValue, settings_of
from sealock_edge.config.settings import (
    VALIDATE_TOKEN,
    Config,
    ConnectionsConfig,
    EdgeConfig,
    IntegrationConfig,
    ZendeskConfig,
)
from sealock_edge.zendesk import ANY, BadSetting, ZendeskHosts

ENVIRONMENT: Final = "SEALOCK_EDGE"
"""Variables are named after the setting: `SEALOCK_EDGE_PUBLIC_URL`, `SEALOCK_EDGE_ZENDESK_HOSTS`,
`SEALOCK_EDGE_INTEGRATIONS_GUESTBOOK_TARGET`."""
ENDING: Final = ".toml"

_PATH: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


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
    return read(_tables_of(path), environment)


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

    of_edge = dict(tables.get("edge", {}))
    of_connections = of_edge.pop("connections", {})
    edge = EdgeConfig(**_values("edge", of_edge, EdgeConfig, environment, problems))
    problems += (f"edge.{problem}" for problem in _problems_of_edge(edge))
    connections = ConnectionsConfig(
        **_values("edge.connections", of_connections, ConnectionsConfig, environment, problems)
    )
    zendesk = ZendeskConfig(**_values("zendesk", tables.get("zendesk", {}), ZendeskConfig, environment, problems))
    problems += (f"zendesk.{problem}" for problem in _problems_of_zendesk(zendesk))
    if (
        not zendesk.subdomains
        and not _says(problems, "zendesk.subdomains")
        and not Config(edge, connections, zendesk, {}).developing
    ):
        problems.append(
            f"zendesk.subdomains is missing: name the Zendesk accounts that the edge is for, or write {ANY!r}"
        )
    integrations: dict[str, IntegrationConfig] = {}
    for path, table in tables.get("integrations", {}).items():
        name = f"integrations.{path}"
        values = _values(name, table, IntegrationConfig, environment, problems)
        integrations[path] = IntegrationConfig(path=path, **values)
        problems += (f"{name}.{problem}" for problem in _problems_of_integration(integrations[path]))
    problems += _problems_of_integrations(integrations)
    problems += _problems_of_legitimacy(zendesk, integrations)
    if problems:
        raise ConfigError(problems)
    return Config(edge, connections, zendesk, integrations)


def variable_of(table: str, setting: str) -> str:
    """The variable that wins over a table's setting, such as that of `target` in `integrations.guestbook`."""
    top, *below = table.split(".")
    parts = [ENVIRONMENT, *(() if top == "edge" else (top,)), *below, setting]
    return "_".join(part.upper().replace("-", "_") for part in parts)


def _values(
    name: str, table: Any, declared: type, environment: Mapping[str, str], problems: list[str]
) -> dict[str, Any]:
    """The values of a table's settings. What is wrong is added to the problems, and has its default then."""
    if not isinstance(table, Mapping):
        problems.append(f"{name} must be a table")
        table = {}
    settings = {setting.name: setting for setting in settings_of(declared)}
    values: dict[str, Any] = {}
    for setting in settings.values():
        try:
            values[setting.name] = _value(setting, table, environment.get(variable_of(name, setting.name)))
        except WrongValue as wrong:
            problems.append(f"{name}.{setting.name} {wrong}")
            values[setting.name] = "" if setting.required else setting.default
    # One that is misspelt would be ignored silently.
    problems += (f"{name}.{given} is not a setting" for given in table if given not in settings)
    return values


def _value(setting: Setting, table: Mapping[str, Any], variable: str | None) -> Any:
    if variable is None and setting.name not in table:
        if setting.required:
            raise WrongValue("is missing")
        return setting.default
    given = table[setting.name] if variable is None else variable
    value = setting.kind.read(given, variable is not None)
    if setting.required and not value:
        raise WrongValue("must not be empty")
    return value


def _says(problems: list[str], setting: str) -> bool:
    return any(problem.startswith(f"{setting} ") for problem in problems)


def _problems_of_edge(edge: EdgeConfig) -> Iterator[str]:
    """The listeners, and the timeouts' relations to each other."""
    if edge.listen == edge.internal_listen:
        yield "internal_listen must not be the same address as edge.listen"
    longest = max(edge.pull_seconds, edge.channelback_seconds)
    if edge.shutdown_seconds < longest:
        yield (
            f"shutdown_seconds must be at least edge.pull_seconds and edge.channelback_seconds ({longest:g}), "
            "or calls under way would be cut off"
        )
    yield from _problems_of_pair(edge.certificate, edge.key)


def _problems_of_zendesk(zendesk: ZendeskConfig) -> Iterator[str]:
    """Hosts are host names; development origins are loopback, or they would be a hole in production."""
    if not zendesk.hosts and not zendesk.development_origins:
        yield "hosts must name at least one host"
    try:
        ZendeskHosts(zendesk.hosts)
    except BadSetting:
        yield "hosts must be lower-case host names such as zendesk.com"
    try:
        ZendeskHosts((), zendesk.development_origins)
    except BadSetting:
        yield "development_origins must be loopback origins such as http://127.0.0.1:8800"
    try:
        ZendeskHosts(subdomains=zendesk.subdomains or (ANY,))
    except BadSetting:
        yield f"subdomains must be names of Zendesk accounts such as acme, or {ANY!r} alone"


def _problems_of_integration(integration: IntegrationConfig) -> Iterator[str]:
    """The name as a part of URLs, and the choice between TLS and plaintext."""
    if not _PATH.fullmatch(integration.path):
        yield ("<name> must be lower-case letters, digits and hyphens: it is the first part of the integration's URLs")
    if integration.insecure and (integration.ca or integration.certificate or integration.server_name):
        yield "insecure must not be true together with ca, certificate or server_name"
    yield from _problems_of_pair(integration.certificate, integration.key)
    if integration.ca is not None:
        try:
            ssl.create_default_context(cafile=integration.ca)
        except (ssl.SSLError, OSError):
            yield "ca does not name a PEM file of certificates"


def _problems_of_integrations(integrations: Mapping[str, IntegrationConfig]) -> Iterator[str]:
    """There is one, and no two share an id: accounts are sealed to it."""
    if not integrations:
        yield "integrations needs at least one table, such as [integrations.guestbook]"
    first: dict[str, str] = {}
    for path, integration in integrations.items():
        if integration.id and first.setdefault(integration.id, path) != path:
            yield f"integrations.{path}.id is the same as integrations.{first[integration.id]}.id"


def _problems_of_legitimacy(zendesk: ZendeskConfig, integrations: Mapping[str, IntegrationConfig]) -> Iterator[str]:
    """Without a push client there are no tokens that could prove a call."""
    if zendesk.legitimacy == VALIDATE_TOKEN:
        for path, integration in integrations.items():
            if not integration.push_client_id:
                yield f"integrations.{path}.push_client_id is missing: zendesk.legitimacy is {VALIDATE_TOKEN}"


def _problems_of_pair(certificate: Path | None, key: Path | None) -> Iterator[str]:
    for setting, given, other in (("certificate", certificate, key), ("key", key, certificate)):
        if given is None and other is not None:
            yield f"{setting} is missing: certificate and key belong together"
        elif given is not None and not given.is_file():
            yield f"{setting} does not name a file"
    if certificate is not None and key is not None and certificate.is_file() and key.is_file():
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError):
            yield "certificate and key are not a PEM certificate and its key"


def _tables_of(path: Path) -> dict[str, Any]:
    """
    What the file says; for a folder, what its `*.toml` files say together.

    A folder's files may share a table, but not a setting or an integration.
    """
    if not path.is_dir():
        return _read_file(path)
    files = sorted(path.glob(f"*{ENDING}"))
    if not files:
        raise ConfigError([f"{path.name} has no files that end in {ENDING}"])
    together: dict[str, Any] = {}
    found_in: dict[str, str] = {}
    for file in files:
        for name, table in _read_file(file).items():
            if isinstance(table, Mapping) and isinstance(together.setdefault(name, {}), dict):
                for setting, value in table.items():
                    _check_first(f"{name}.{setting}", file, found_in)
                    together[name][setting] = value
            else:
                _check_first(name, file, found_in)
                together[name] = table
    return together


def _check_first(what: str, file: Path, found_in: dict[str, str]) -> None:
    if found_in.setdefault(what, file.name) != file.name:
        raise ConfigError([f"{what} is in {found_in[what]} and in {file.name}"])


def _read_file(path: Path) -> dict[str, Any]:
    """Raises `ConfigError`, which says which file it is, and never what is in it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path.name} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path.name} is not UTF-8"]) from None
    except RecursionError:
        raise ConfigError([f"{path.name} is not TOML of settings: its values lie too deep in each other"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path.name} is not TOML: {error}"]) from None
