# SPDX-License-Identifier: Apache-2.0
"""What kinds of nodes there are, and how one is answered: its fields, and the lists that hang on it, page by page."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.errors import bad_parameter, refused
from sealock_devkit.emulators.meta.graph.params import Params, Wanted, read_fields, written
from sealock_devkit.emulators.meta.store import Store

DEFAULT_LIMIT = 25
CURSOR_KEY = b"cursors are not secrets"

Key = list[Any]


PAGING = ("limit", "after", "before")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list. Entries are in the order of their keys; `value` is None for what is not shown."""

    key: Key
    value: Any | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list, before a page is cut from it."""

    entries: Sequence[Entry]
    summary: dict[str, Any] | None = None
    longest_page: int = 100
    strict: bool = True
    """Whether a higher `limit` is refused; else it is cut."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of a list: what is shown, and the cursors of where it begins and ends."""

    values: list[Any]
    before: str = ""
    after: str = ""
    has_next: bool = False
    has_previous: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a list that make a page."""

    limit: str = ""
    after: str = ""
    before: str = ""
    others: dict[str, str] = field(default_factory=dict)
    """What the address of the next page has to repeat."""


class Pager:
    """Cuts pages, and makes cursors that end after a while."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def cut(self, name: str, listing: Listing, query: Query) -> Slice:
        """The page that is asked for. Raises `GraphError` for a bad limit or a bad, foreign or old cursor."""
        limit = _limit(query.limit, listing)
        entries = list(listing.entries)
        begin, end = 0, min(limit, len(entries))
        if query.after:
            key = self._read(query.after, name)
            begin = next((at for at, entry in enumerate(entries) if entry.key > key), len(entries))
            end = min(begin + limit, len(entries))
        elif query.before:
            key = self._read(query.before, name)
            end = next((at for at, entry in enumerate(entries) if entry.key >= key), len(entries))
            begin = max(0, end - limit)
        if end > begin and self._store.faults.use("empty_pages"):
            here = query.after or self._cursor(name, _before(entries[begin].key))
            return Slice([], here, here, has_next=True)
        page = entries[begin:end]
        if not page:
            return Slice([])
        return Slice(
            [entry.value for entry in page if entry.value is not None],
            self._cursor(name, page[0].key),
            self._cursor(name, page[-1].key),
            has_next=end < len(entries),
            has_previous=begin > 0,
        )

    def _cursor(self, name: str, key: Key) -> str:
        content = json.dumps([name, key, self._store.now()]).encode()
        return base64.urlsafe_b64encode(_mark(content) + content).decode().rstrip("=")

    def _read(self, cursor: str, name: str) -> Key:
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except ValueError:
            raise bad_parameter("Invalid cursors values") from None
        if not hmac.compare_digest(_mark(raw[6:]), raw[:6]):
            raise bad_parameter("Invalid cursors values")
        named, key, made = json.loads(raw[6:])
        old = self._store.now() >= made + self._store.settings.cursor_seconds
        if named != name or old or self._store.faults.use("expire_cursors"):
            raise bad_parameter("Invalid cursors values")
        return cast("Key", key)


def page_json(cut: Slice, data: list[Any], address: str, query: Query, *, limit_only: bool = False) -> dict[str, Any]:
    """A page as it is answered; `limit_only`: with cursors, but without the addresses of other pages."""
    body: dict[str, Any] = {"data": data}
    if not cut.after:
        return body
    body["paging"] = {"cursors": {"before": cut.before, "after": cut.after}}
    common = {**query.others, **({"limit": query.limit} if query.limit else {})}
    if cut.has_next and not limit_only:
        body["paging"]["next"] = f"{address}?{urlencode({**common, 'after': cut.after})}"
    if cut.has_previous and not limit_only:
        body["paging"]["previous"] = f"{address}?{urlencode({**common, 'before': cut.before})}"
    return body


def _limit(text: str, listing: Listing) -> int:
    if not text:
        return min(DEFAULT_LIMIT, listing.longest_page)
    if not text.isdecimal() or not text.isascii() or len(text) > 6 or int(text) == 0:
        raise bad_parameter("Param limit must be a positive integer")
    if int(text) > listing.longest_page and listing.strict:
        raise bad_parameter(f"Param limit must be at most {listing.longest_page}")
    return min(int(text), listing.longest_page)


def _before(key: Key) -> Key:
    """A key that comes just before this one."""
    return [*key[:-1], ""]


def _mark(content: bytes) -> bytes:
    return hmac.new(CURSOR_KEY, content, "sha256").digest()[:6]


ABSENT: Any = object()
"""What a field's reader returns when the answer does not have the field."""


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


Handler = Callable[[Call, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node."""

    name: str
    fields: Mapping[str, Field]
    edges: Mapping[str, Edge] = field(default_factory=dict)
    writes: Mapping[tuple[str, str], Handler] = field(default_factory=dict)
    """What POST and DELETE do, by method and edge; the empty edge is the node itself."""
    reads: Mapping[str, Handler] = field(default_factory=dict)
    """GETs of edges that are not lists of nodes."""
    brief: tuple[str, ...] = ("id",)
    """What is answered of it where it stands in a field and nothing more is asked for."""


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
        body: dict[str, Any] = {}
        faults = call.store.faults
        for wanted in selection:
            if wanted.name in faults.denied_fields:
                raise refused("permission")
            if wanted.name in kind.edges:
                answer = self._expanded(call, value, kind.edges[wanted.name], wanted, cursors_only=cursors_only)
                if len(answer) > 1 or answer["data"]:
                    body[wanted.name] = answer
            elif wanted.name in kind.fields:
                answer = self._field(call, kind.fields[wanted.name], value, wanted)
                if answer is not ABSENT:
                    body[wanted.name] = answer
            else:
                raise bad_parameter(f"Tried accessing nonexisting field ({wanted.name}) on node type ({kind.name})")
        if "id" in kind.fields and "id" not in body:
            body["id"] = self._field(call, kind.fields["id"], value, Wanted("id"))
        return body

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
        _check_weight(call, cut, query, selection)
        kind = self._types[edge.node]
        data = [self._node(call, kind, each, selection, cursors_only=cursors_only) for each in cut.values]
        address = f"{self._locate(call.host)}/{call.version}/{value.id}/{name}"
        body = page_json(cut, data, address, query, limit_only=cursors_only)
        if listing.summary is not None:
            body["summary"] = listing.summary
        return body


def _check_weight(call: Call, cut: Slice, query: Query, selection: Sequence[Wanted] | None) -> None:
    """Refuse what the switches say is too much, by the number of items and by what is asked of them."""
    faults = call.store.faults
    limit = int(query.limit or DEFAULT_LIMIT)
    if faults.too_much_above and limit > faults.too_much_above:
        raise refused("too_much")
    wanted = {each.name for each in selection or ()}
    for value in cut.values:
        heavy = set(faults.heavy.get(str(value.id), ()))
        if heavy & wanted or ("*" in heavy and wanted - {"id"}):
            raise refused("too_much")


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
