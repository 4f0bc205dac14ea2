# SPDX-License-Identifier: Apache-2.0
"""A page as a screen reader gets it: Chromium's own accessibility tree, a line for each thing that has a role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playwright.async_api import CDPSession, Page

SILENT = frozenset(
    ("none", "generic", "StaticText", "InlineTextBox", "ListMarker", "LineBreak", "paragraph", "LabelText", "Legend")
)
STATES = ("focused", "invalid", "required", "checked", "expanded")


async def heard(page: Page, frame: str = "") -> list[str]:
    """
    `role "name": description [states]` of everything, in its order.

    `frame`: the name of one of the page's frames, instead of the page itself.
    """
    nodes = await _tree(page, frame)
    return [line for node in _in_order(next(iter(nodes.values())), nodes) if (line := _line(node))]


async def announced(page: Page, frame: str = "") -> list[str]:
    """What each live region that is not empty says now: `role politeness: words`."""
    nodes = await _tree(page, frame)
    found = ((node, str(_properties(node).get("live", "off"))) for node in nodes.values() if not node.get("ignored"))
    said = ((node, live, " ".join(" ".join(_words(node, nodes)).split())) for node, live in found if live != "off")
    return [f"{node['role']['value']} {live}: {words}" for node, live, words in said if words]


Node = Mapping[str, Any]


async def _tree(page: Page, frame: str) -> dict[str, Node]:
    """By their ids, the root first."""
    session = await page.context.new_cdp_session(page)
    of_frame = {"frameId": await _frame_id(session, frame)} if frame else {}
    nodes = (await session.send("Accessibility.getFullAXTree", of_frame))["nodes"]
    await session.detach()
    return {node["nodeId"]: node for node in nodes}


async def _frame_id(session: CDPSession, name: str) -> str:
    tree = (await session.send("Page.getFrameTree"))["frameTree"]
    return next(str(each["frame"]["id"]) for each in tree["childFrames"] if each["frame"].get("name") == name)


def _in_order(node: Node, nodes: Mapping[str, Node]) -> Iterator[Node]:
    yield node
    for child in node.get("childIds", ()):
        if child in nodes:
            yield from _in_order(nodes[child], nodes)


def _line(node: Node) -> str:
    if node.get("ignored"):
        return ""
    role, name = node["role"]["value"], node.get("name", {}).get("value", "")
    if role in SILENT:
        return ""
    properties = _properties(node)
    states = [state for state in STATES if str(properties.get(state, "false")) not in {"False", "false", ""}]
    description = node.get("description", {}).get("value", "")
    told = f": {description}" if description else ""
    having = f" [{', '.join(states)}]" if states else ""
    return f'{role} "{name}"{told}{having}'


def _properties(node: Node) -> dict[str, Any]:
    return {each["name"]: each["value"].get("value") for each in node.get("properties", [])}


def _words(node: Node, nodes: Mapping[str, Node]) -> list[str]:
    texts = (each for each in _in_order(node, nodes) if not each.get("ignored"))
    return [each["name"]["value"] for each in texts if each["role"]["value"] == "StaticText"]
