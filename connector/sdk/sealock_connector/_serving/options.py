# SPDX-License-Identifier: Apache-2.0
"""The options of `serve`: a command line whose defaults come from `SEALOCK_CONNECTOR_*`."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from sealock_connector._connector import Connector
from sealock_connector._outbox.memory import MemoryOutbox
from sealock_connector._outbox.sqlite import SqliteOutbox
from sealock_connector._outbox.store import OutboxStore, OutboxUnavailable
from sealock_connector._serving.callers import CallerName
from sealock_contract.stores.names import SQLITE, VALKEY, is_encrypted, problem_of

PREFIX = "SEALOCK_CONNECTOR_"
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Options:
    """How a connector is served."""

    listen: str = "0.0.0.0:9443"
    health_listen: str | None = None
    insecure: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    allowed_callers: Sequence[CallerName] = ()
    any_caller: bool = False
    max_calls: int = 500
    store: str = "memory"
    store_password_file: Path | None = None
    store_ca: Path | None = None
    drain_seconds: float = 5.0
    grace_seconds: float = 30.0
    max_connection_age_seconds: float = 30.0
    allow_network: Sequence[IPv4Network | IPv6Network] = ()
    log_level: str = "info"
    metrics_listen: str | None = None


def parse(
    connector: Connector,
    argv: Sequence[str] | None,
    environ: Mapping[str, str] = os.environ,
    *,
    program: str | None = None,
) -> Options:
    """
    Read the command line; the connector takes its own options.

    `program` is how messages call it; None: as the process was called. Wrong or missing options end the process with
    code 2 and a message that names them.
    """
    parser = _parser(connector, environ, program)
    connector.add_options(parser)
    found = parser.parse_args(argv)
    options = Options(**{name: getattr(found, name) for name in Options.__slots__})
    _check(parser, options)
    connector.allowed_networks = tuple(options.allow_network)
    connector.configure(found)
    return options


def _check(parser: ArgumentParser, options: Options) -> None:
    if not options.insecure and not is_encrypted(options.store):
        parser.error("--store: valkey:// is plaintext; use valkeys:// (or --insecure)")
    if options.insecure:
        if options.tls_cert or options.tls_key or options.tls_client_ca:
            parser.error(
                "--insecure: serves plaintext, so that --tls-cert, --tls-key and --tls-client-ca cannot be kept"
            )
        if options.allowed_callers:
            parser.error("--allowed-callers: needs --tls-client-ca")
        return
    _check_tls(parser, options)


def _check_tls(parser: ArgumentParser, options: Options) -> None:
    for option, path in (("--tls-cert", options.tls_cert), ("--tls-key", options.tls_key)):
        if path is None:
            parser.error(f"{option}: is required (or --insecure, for plaintext)")
    if options.any_caller:
        if options.allowed_callers:
            parser.error("--any-caller: lets in everybody, so that --allowed-callers cannot be kept")
        return
    if options.tls_client_ca is None:
        parser.error("--tls-client-ca: is required (or --any-caller, to serve whoever reaches the port)")
    if not options.allowed_callers:
        parser.error("--allowed-callers: is required (or --any-caller, to serve whoever has a certificate)")


def _parser(connector: Connector, environ: Mapping[str, str], program: str | None) -> ArgumentParser:
    parser = ArgumentParser(
        prog=program,
        description=f"Sealock connector for {connector.display_name}.",
        epilog=f"Each option can be given as an environment variable too, such as {PREFIX}LISTEN.",
    )

    def add(name: str, **settings: object) -> None:
        variable = PREFIX + name.upper().replace("-", "_")
        given = environ.get(variable)
        if given is not None:
            settings["default"] = _from_environment(parser, variable, given, settings)
        parser.add_argument(f"--{name}", **settings)  # type: ignore[arg-type]

    standard = Options()
    add("listen", type=_address, default=standard.listen, metavar="HOST:PORT", help="where to listen (%(default)s)")
    add(
        "health-listen",
        type=_address,
        metavar="HOST:PORT",
        help="where to answer health checks, and nothing else, in plaintext: for probes that have no certificate",
    )
    add("insecure", action="store_true", help="serve plaintext, without TLS")
    add("tls-cert", type=_file, metavar="FILE", help="the server's certificate chain, PEM; read again when it changes")
    add("tls-key", type=_file, metavar="FILE", help="the certificate's key, PEM")
    add("tls-client-ca", type=_file, metavar="FILE", help="callers need a certificate of this authority, PEM")
    add(
        "allowed-callers",
        type=_callers,
        default=(),
        metavar="NAME,NAME",
        help="whom to let in, by a name in their certificates: dns:NAME, uri:URI, or cn:NAME where there is neither",
    )
    add("any-caller", action="store_true", help="let in every caller that --tls-client-ca, if given, vouches for")
    add(
        "max-calls",
        type=_count,
        default=standard.max_calls,
        metavar="NUMBER",
        help="how many calls are answered at once; more are refused, and told to come again (%(default)s)",
    )
    add(
        "store",
        type=_store,
        default=standard.store,
        metavar="STORE",
        help="outbox: memory, sqlite:PATH, or valkey[s]://[USER@]HOST[:PORT][/DATABASE] (%(default)s)",
    )
    add("store-password-file", type=_file, metavar="FILE", help="the password for Valkey; read again when it connects")
    add("store-ca", type=_file, metavar="FILE", help="the authority of Valkey's certificate, PEM; or the system's")
    add(
        "drain-seconds",
        type=_seconds,
        default=standard.drain_seconds,
        metavar="SECONDS",
        help="how long to go on answering after SIGTERM turned health off (%(default)s)",
    )
    add(
        "grace-seconds",
        type=_seconds,
        default=standard.grace_seconds,
        metavar="SECONDS",
        help="how long calls under way may then take (%(default)s)",
    )
    add(
        "max-connection-age-seconds",
        type=_seconds,
        default=standard.max_connection_age_seconds,
        metavar="SECONDS",
        help="connections end after this, so that callers find new replicas (%(default)s)",
    )
    add(
        "allow-network",
        type=networks_in,
        action="extend",
        default=[],
        metavar="CIDR",
        help="a private network that origins may be in; may be repeated",
    )
    add("metrics-listen", type=_address, metavar="HOST:PORT", help="where to serve Prometheus metrics; not without it")
    add("log-level", choices=LEVELS, default=standard.log_level, help="(%(default)s)")
    return parser


def _from_environment(parser: ArgumentParser, variable: str, given: str, settings: Mapping[str, object]) -> object:
    if settings.get("action") == "store_true":
        if given.lower() not in {"", "0", "1", "false", "true"}:
            parser.error(f"{variable}: is neither true nor false")
        return given.lower() in {"1", "true"}
    read = settings.get("type", str)
    try:
        value = read(given)  # type: ignore[operator]
    except (ArgumentTypeError, ValueError) as error:
        parser.error(f"{variable}: {error}")
    choices = settings.get("choices")
    if isinstance(choices, tuple) and value not in choices:
        parser.error(f"{variable}: is none of {', '.join(choices)}")
    return value


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ArgumentTypeError("is not HOST:PORT")
    return text


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError("there is no such file")
    return path


def _callers(text: str) -> tuple[CallerName, ...]:
    try:
        return tuple(CallerName.read(name.strip()) for name in text.split(",") if name.strip())
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= len(text) <= 6 or int(text) < 1:
        raise ArgumentTypeError("is not a number of 1 or more")
    return int(text)


def _store(text: str) -> str:
    if problem := problem_of(text, "--store-password-file"):
        raise ArgumentTypeError(problem)
    return text


def _seconds(text: str) -> float:
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else -1.0
    if seconds < 0:
        raise ArgumentTypeError("is not a number of seconds")
    return seconds


def networks_in(text: str) -> list[IPv4Network | IPv6Network]:
    """The networks that an option names, separated by commas."""
    try:
        return [ip_network(each.strip()) for each in text.split(",") if each.strip()]
    except ValueError:
        raise ArgumentTypeError("is not a network such as 10.0.0.0/8") from None


def outbox_of(name: str, *, origin: str, password_file: Path | None = None, ca_file: Path | None = None) -> OutboxStore:
    """The origin's outbox, of a name without a problem. Raises `OutboxUnavailable` without Valkey's client."""
    if name.startswith(SQLITE):
        return SqliteOutbox(Path(name.removeprefix(SQLITE)))
    if not name.startswith(VALKEY):
        return MemoryOutbox()
    try:
        from sealock_connector._outbox.valkey import ValkeyOutbox  # noqa: PLC0415
    except ImportError:
        raise OutboxUnavailable("an outbox in Valkey is wanted: install sealock-connector[valkey]") from None
    return ValkeyOutbox(name, origin=origin, password_file=password_file, ca_file=ca_file)
