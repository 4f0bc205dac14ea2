# SPDX-License-Identifier: Apache-2.0
"""The options that say which Meta app a connector is, and where Meta is."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sealock_origins.meta.graph import App

VERSION = "v26.0"
GRAPH, WWW = "https://graph.facebook.com", "https://www.facebook.com"
_VERSION = re.compile(r"v[1-9][0-9]{0,2}\.[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MetaOptions:
    """What a deployment says about its Meta app."""

    app: App
    login_config_id: str = ""
    """Facebook Login for Business: the configuration that stands for the list of permissions."""
    version: str = VERSION
    graph_url: str = GRAPH
    dialog_url: str = WWW
    """Where people sign in, and where links to posts lead."""
    human_agent: bool = False
    """The app has the reviewed feature `Human Agent`: replies until seven days after the person wrote."""
    verify_token: str = field(default="", repr=False)
    """What Meta has to say when it registers a webhook; empty without webhooks."""
    clickthrough_hosts: Sequence[str] = ()

    @classmethod
    def of(cls, options: Namespace) -> MetaOptions:
        """From a parsed command line."""
        return cls(
            app=App(options.app_id, secret_in(options.app_secret_file)),
            login_config_id=options.login_config_id,
            version=options.graph_version,
            graph_url=options.graph_url,
            dialog_url=options.dialog_url,
            human_agent=options.human_agent,
            verify_token=secret_in(options.webhook_verify_token_file),
            clickthrough_hosts=tuple(options.clickthrough_host),
        )


def add_meta_options(parser: ArgumentParser) -> None:
    """Declare the options of `MetaOptions`."""
    add = parser.add_argument
    add("--app-id", required=True, metavar="ID", help="the Meta app's id")
    add("--app-secret-file", required=True, type=secret_file, metavar="PATH", help="a file with the app's secret")
    add("--login-config-id", default="", metavar="ID", help="configuration of Facebook Login for Business")
    add("--graph-version", default=VERSION, type=_version, metavar="VERSION", help="Graph API version (%(default)s)")
    add("--graph-url", default=GRAPH, type=base_url, metavar="URL", help="where the Graph API is (%(default)s)")
    add("--dialog-url", default=WWW, type=base_url, metavar="URL", help="where people sign in (%(default)s)")
    add("--human-agent", action="store_true", help="the app has the feature Human Agent: replies until seven days")
    add("--webhook-verify-token-file", type=secret_file, metavar="PATH", help="a file with the webhooks' verify token")
    add(
        "--clickthrough-host",
        action="append",
        default=[],
        metavar="HOST",
        help="one more host that agents are sent to without being asked; can be repeated",
    )


def secret_file(text: str) -> Path:
    """A file that holds a secret."""
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError("there is no such file")
    if not secret_in(path):
        raise ArgumentTypeError("the file is empty")
    return path


def secret_in(path: Path | None) -> str:
    """The secret that the file holds; empty without a file."""
    return path.read_text().strip() if path else ""


def base_url(text: str) -> str:
    """A base URL without its closing slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise ArgumentTypeError("is not a URL such as https://graph.facebook.com")
    return text.rstrip("/")


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ArgumentTypeError(f"is not a version such as {VERSION}")
    return text
