# SPDX-License-Identifier: Apache-2.0
"""What kinds of nodes there are, and how one is answered: its fields, and what hangs on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.emulators.meta.errors import bad_parameter
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.expansion import Wanted, read_fields, written
from sealock_devkit.emulators.meta.graph.paging import Listing, Pager, Query, page_json
from sealock_devkit.emulators.meta.graph.params import Params

ABSENT: Any = object()
"""What a field's reader returns when the answer does not have the field."""
PAGING = ("limit", "after", "before")


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `read` gives JSON, or, with `node`, an object of that kind; `asks` wants the field's arguments too."""

    read: Callable[[Call, Any], Any] | None = None
    asks: Callable[[Call, Any, Params], Any] | None = None
    default: bool = False
    node: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A list that hangs on a node."""

    read: Callable[[Call, Any, Params], Listing]
    node: str
    params: frozenset[str] = frozenset()
    """The parameters that it heeds besides those of paging: it gets no others, as the platform ignores them."""


Deed = Callable[[Call, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node."""

    name: str
    fields: Mapping[str, Field]
    edges: Mapping[str, Edge] = field(default_factory=dict)
    deeds: Mapping[tuple[str, str], Deed] = field(default_factory=dict)
    """What POST and DELETE do, by method and edge; the empty edge is the node itself."""
    reads: Mapping[str, Deed] = field(default_factory=dict)
    """GETs of edges that are not lists of nodes."""
    brief: tuple[str, ...] = ("id",)
    """What is told of it where it stands in a field and nothing more is asked for."""


class Renderer:
    """Answers nodes and lists by what is asked for."""

    def __init__(self, types: Mapping[str, NodeType], pager: Pager, locate: Callable[[str], str]) -> None:
        """`locate` gives the address of a node by its id."""
        self._types = types
        self._pager = pager
        self._locate = locate

    def node(self, call: Call, kind: str, value: Any, fields: str) -> dict[str, Any]:
        """A node with its fields. Raises `GraphError`."""
        return self._node(call, self._types[kind], value, read_fields(fields) if fields else None, cursors_only=False)

    def edge(self, call: Call, kind: str, value: Any, name: str) -> dict[str, Any]:
        """A list, by the call's own parameters. Raises `GraphError`."""
        edge = self._types[kind].edges[name]
        fields = call.params.get("fields")
        selection = read_fields(fields) if fields else None
        others = call.params.without("after", "before", "limit", "appsecret_proof", "appsecret_time")
        if call.token is not None:
            others["access_token"] = call.token.id
        return self._list(
            call, value, name, edge, params=call.params, selection=selection, others=others, cursors_only=False
        )

    def _node(
        self, call: Call, kind: NodeType, value: Any, selection: Sequence[Wanted] | None, *, cursors_only: bool
    ) -> dict[str, Any]:
        if selection is None:
            selection = [Wanted(name) for name, each in kind.fields.items() if each.default]
        told: dict[str, Any] = {}
        for wanted in selection:
            if wanted.name in kind.edges:
                answer = self._expanded(call, value, kind.edges[wanted.name], wanted, cursors_only=cursors_only)
                if len(answer) > 1 or answer["data"]:
                    told[wanted.name] = answer
            elif wanted.name in kind.fields:
                answer = self._field(call, kind.fields[wanted.name], value, wanted)
                if answer is not ABSENT:
                    told[wanted.name] = answer
            else:
                raise bad_parameter(f"Tried accessing nonexisting field ({wanted.name}) on node type ({kind.name})")
        if "id" in kind.fields and "id" not in told:
            told["id"] = self._field(call, kind.fields["id"], value, Wanted("id"))
        return told

    def _field(self, call: Call, found: Field, value: Any, wanted: Wanted) -> Any:
        asks, read = found.asks, found.read
        answer = asks(call, value, Params(wanted.arguments)) if asks else read(call, value) if read else ABSENT
        if answer is ABSENT:
            return ABSENT
        if found.node:
            cursors_only = found.asks is not None
            kind = self._types[found.node]
            selection = wanted.selection if wanted.selection is not None else tuple(map(Wanted, kind.brief))
            return self._node(call, kind, answer, selection, cursors_only=cursors_only)
        return _picked(answer, wanted)

    def _expanded(self, call: Call, value: Any, edge: Edge, wanted: Wanted, *, cursors_only: bool) -> dict[str, Any]:
        others = {name: text for name, text in wanted.arguments.items() if name not in PAGING}
        if wanted.selection is not None:
            others["fields"] = written(wanted.selection)
        if call.token is not None:
            others["access_token"] = call.token.id
        return self._list(
            call,
            value,
            wanted.name,
            edge,
            params=Params(wanted.arguments),
            selection=wanted.selection,
            others=others,
            cursors_only=cursors_only,
        )

    def _list(
        self,
        call: Call,
        value: Any,
        name: str,
        edge: Edge,
        *,
        params: Params,
        selection: Sequence[Wanted] | None,
        others: dict[str, str],
        cursors_only: bool,
    ) -> dict[str, Any]:
        query = Query(params.get("limit"), params.get("after"), params.get("before"), others)
        heeded = Params({each: params.get(each) for each in edge.params if each in params})
        listing = edge.read(call, value, heeded)
        cut = self._pager.cut(f"{value.id}/{name}", listing, query)
        kind = self._types[edge.node]
        data = [self._node(call, kind, each, selection, cursors_only=cursors_only) for each in cut.values]
        address = f"{self._locate(call.host)}/{call.version}/{value.id}/{name}"
        told = page_json(cut, data, address, query, limit_only=cursors_only)
        if listing.summary is not None:
            told["summary"] = listing.summary
        return told


def _picked(answer: Any, wanted: Wanted) -> Any:
    """Of a value that is an object or a list of them, what the selection names."""
    if wanted.selection is None:
        return answer
    if isinstance(answer, list):
        return [_picked(each, wanted) for each in answer]
    if isinstance(answer, dict):
        if set(answer) == {"data"}:
            return {"data": _picked(answer["data"], wanted)}
        return {each.name: _picked(answer[each.name], each) for each in wanted.selection if each.name in answer}
    raise bad_parameter(f"Subfields are not supported by {wanted.name}")
