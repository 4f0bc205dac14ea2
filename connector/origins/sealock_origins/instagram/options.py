# SPDX-License-Identifier: Apache-2.0
"""The options of the connector: Meta's app, and its Instagram app with an id and a secret of its own."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from sealock_origins.meta.app import App
from sealock_origins.meta.options import MetaOptions, add_meta_options, base_url, secret_file, secret_in

GRAPH, WWW, TOKENS = "https://graph.instagram.com", "https://www.instagram.com", "https://api.instagram.com"


@dataclass(frozen=True, slots=True)
class InstagramOptions:
    """What a deployment says about its apps."""

    meta: MetaOptions
    app: App | None = None
    """The Instagram app, for Instagram Login; None where only Facebook Login is offered."""
    graph_url: str = GRAPH
    dialog_url: str = WWW
    """Where people sign in, and where links to posts lead."""
    exchange_url: str = TOKENS

    @classmethod
    def of(cls, options: Namespace) -> InstagramOptions:
        """From a parsed command line."""
        secret = secret_in(options.instagram_app_secret_file)
        return cls(
            meta=MetaOptions.of(options),
            app=App(options.instagram_app_id, secret) if options.instagram_app_id and secret else None,
            graph_url=options.instagram_graph_url,
            dialog_url=options.instagram_dialog_url,
            exchange_url=options.instagram_token_url,
        )


def add_instagram_options(parser: ArgumentParser) -> None:
    """Declare the options of `InstagramOptions`."""
    add_meta_options(parser)
    add = parser.add_argument
    add("--instagram-app-id", default="", metavar="ID", help="the Instagram app's id, for Instagram Login")
    add(
        "--instagram-app-secret-file",
        type=secret_file,
        metavar="PATH",
        help="a file with the Instagram app's secret, which is another than the Meta app's",
    )
    add("--instagram-graph-url", default=GRAPH, type=base_url, metavar="URL", help="(%(default)s)")
    add("--instagram-dialog-url", default=WWW, type=base_url, metavar="URL", help="(%(default)s)")
    add("--instagram-token-url", default=TOKENS, type=base_url, metavar="URL", help="(%(default)s)")
