# SPDX-License-Identifier: Apache-2.0
"""Reads the edge's pages as a browser does: forms with their fields, alerts, links."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from falcon.testing import Result
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.edge.edge_under_test import EdgeUnderTest

RETURN_URL = "https://example.zendesk.com/zendesk/channels/integration_service_instances/editor_finalizer"


@dataclass
class Page:
    """One page: its forms' fields by name, as they would be posted untouched."""

    result: Result
    tree: LexborHTMLParser

    @classmethod
    def of(cls, result: Result) -> Page:
        assert result.headers["content-type"].startswith("text/html")
        return cls(result, LexborHTMLParser(result.text))

    @property
    def text(self) -> str:
        return self.tree.body.text(separator=" ", strip=True)

    @property
    def alert(self) -> str:
        node = self.tree.css_first("[role=alert]")
        return node.text(separator=" ", strip=True) if node is not None else ""

    @property
    def action(self) -> str:
        return self.tree.css_first("form").attributes["action"]

    @property
    def fields(self) -> dict[str, str]:
        form = self.tree.css_first("form")
        found: dict[str, str] = {}
        for node in form.css("input, select, textarea"):
            name = node.attributes.get("name")
            chooses = node.attributes.get("type") in {"checkbox", "radio"}
            if name and not (chooses and "checked" not in node.attributes):
                found[name] = _value(node)
        return found

    def field(self, name: str) -> LexborNode:
        return self.tree.css_first(f"[name={name}]")

    async def submit(self, edge: EdgeUnderTest, **answers: str) -> Page:
        """Fill in fields and send the form to where it leads, which must be our own."""
        parts = urlsplit(self.action)
        assert f"{parts.scheme}://{parts.netloc}" == "https://channels.example.com"
        integration, _, endpoint = parts.path.strip("/").partition("/")
        fields = {**self.fields, **{name.replace("__", "-"): value for name, value in answers.items()}}
        return Page.of(await edge.post(endpoint, fields, integration=integration))


def _value(node: LexborNode) -> str:
    if node.tag == "select":
        chosen = node.css_first("option[selected]") or node.css_first("option")
        return chosen.attributes["value"] or ""
    if node.tag == "textarea":
        return node.text().removeprefix("\n")
    return node.attributes.get("value") or ""


async def open_set_up(edge: EdgeUnderTest, **changes: str) -> Page:
    """What Zendesk posts when an administrator adds an account; changed as told."""
    return Page.of(await edge.post("admin_ui", zendesk_form(**changes)))


def zendesk_form(**changes: str | None) -> dict[str, str]:
    """The fields of a new account."""
    fields = {
        "return_url": RETURN_URL,
        "subdomain": "example",
        "locale": "en-US",
        "name": "",
        "metadata": "",
        "state": "",
        "instance_push_id": "push-7",
        "zendesk_access_token": "canary-fresh-token",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}
