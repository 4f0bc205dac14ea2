# SPDX-License-Identifier: Apache-2.0
"""The Graph API's one resource for each host: every path is a version, a node and an edge."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.graph.call import FACEBOOK, INSTAGRAM, Call, Usage
from sealock_devkit.emulators.meta.graph.directory import TYPES, locate
from sealock_devkit.emulators.meta.graph.errors import ERRORS, GraphError, bad_parameter, gone, refused
from sealock_devkit.emulators.meta.graph.nodes import Pager, Renderer
from sealock_devkit.emulators.meta.graph.oauth import TokenService
from sealock_devkit.emulators.meta.graph.params import VERSION, Params, read_params, served_version
from sealock_devkit.emulators.meta.logins import proof_for
from sealock_devkit.emulators.meta.odd import AS_SUCCESS, odd
from sealock_devkit.emulators.meta.records import Account, Page, Token

MESSAGING_EDGES = {"messages", "conversations", "message_attachments"}
MAX_IDS = 50
SENT_AND_REFUSED = "sent_and_refused"
"""The error after which the message was sent all the same, as Meta documents for 1/1357046."""
Writing = Callable[[Call, Any], Awaitable[Any]]


class GraphHost:
    """`/graph.facebook.com/` or `/graph.instagram.com/` with everything below it."""

    def __init__(self, emulator: Emulator, usage: Usage, host: str) -> None:
        """`host` is `facebook` or `instagram`."""
        self._emulator = emulator
        self._store = emulator.store
        self._usage = usage
        self._host = host
        self._tokens = TokenService(emulator)
        pager = Pager(emulator.store)
        self._renderer = Renderer(TYPES, pager, lambda host: f"{self._store.base_url}/graph.{host}.com")

    async def on_get(self, req: Request, resp: Response, path: str) -> None:
        """Read a node or a list."""
        await self._answer(req, resp, path)

    async def on_post(self, req: Request, resp: Response, path: str) -> None:
        """Make or change something."""
        await self._answer(req, resp, path)

    async def on_delete(self, req: Request, resp: Response, path: str) -> None:
        """Take something away."""
        await self._answer(req, resp, path)

    async def _answer(self, req: Request, resp: Response, path: str) -> None:
        resp.content_type = "application/json; charset=UTF-8"
        resp.set_header("x-fb-trace-id", secrets.token_urlsafe(8))
        try:
            if not self._store.settings.app_enabled:
                raise refused("app_blocked")
            version, parts = _split(path)
            version = served_version(version, self._store.settings, self._store.now())
            resp.set_header("facebook-api-version", version)
            params = await read_params(req)
            asked = self._token_service("/".join(parts), req.method)
            if asked is not None:
                if parts != ["debug_token"]:
                    self._fault()
                value = self._token_value(req, params)
                answer = asked(Params({**params.without(), "access_token": value} if value else params.without()))
            else:
                answer = await self._dispatch(req, resp, version, parts, params)
        except GraphError as error:
            resp.status = error.kind.status
            if error.kind.status == 401:
                resp.set_header("WWW-Authenticate", 'OAuth "Facebook Platform" "invalid_token"')
            answer = error.body()
            if AS_SUCCESS in self._store.faults.odd:
                resp.status = 200
        resp.data = orjson.dumps(odd(answer, self._store.faults.odd))

    async def _dispatch(self, req: Request, resp: Response, version: str, parts: list[str], params: Params) -> Any:
        token = self._token(req, params)
        call = Call(self._emulator, self._usage, self._host, version, req.method, params, token)
        try:
            self._fault()
            self._check_proof(req, params)
            return await self._serve(call, parts)
        finally:
            resp.set_headers(self._headers(call, parts))

    def _fault(self) -> None:
        name = self._store.faults.next_error()
        if name:
            raise GraphError(ERRORS[name])

    def _token_service(self, path: str, method: str) -> Callable[[Params], Any] | None:
        found: dict[tuple[str, str, str], Callable[[Params], Any]] = {
            (FACEBOOK, "GET", "oauth/access_token"): self._tokens.facebook_access_token,
            (FACEBOOK, "POST", "oauth/access_token"): self._tokens.facebook_access_token,
            (FACEBOOK, "GET", "debug_token"): self._tokens.debug,
            (INSTAGRAM, "GET", "access_token"): self._tokens.instagram_exchange,
            (INSTAGRAM, "GET", "refresh_access_token"): self._tokens.instagram_refresh,
        }
        return found.get((self._host, method, path))

    def _token(self, req: Request, params: Params) -> Token | None:
        value = self._token_value(req, params)
        if not value:
            raise refused("no_token")
        if value == self._tokens.app_token and self._host == FACEBOOK:
            return None
        token = self._emulator.tokens.check(value)
        if (token.kind == "instagram") != (self._host == INSTAGRAM):
            raise refused("malformed")
        return token

    def _token_value(self, req: Request, params: Params) -> str:
        scheme, _, value = (req.auth or "").partition(" ")
        return value.strip() if scheme.lower() in {"bearer", "oauth"} else params.get("access_token")

    def _check_proof(self, req: Request, params: Params) -> None:
        """The proof that the caller knows the app's secret."""
        keys = self._store.keys
        proof = params.get("appsecret_proof")
        if not proof and self._store.settings.require_proof:
            raise refused("parameter", "API calls from the server require an appsecret_proof argument")
        if proof:
            secret = keys.instagram_app_secret if self._host == INSTAGRAM else keys.app_secret
            expected = proof_for(self._token_value(req, params), secret)
            if not hmac.compare_digest(proof.encode(), expected.encode()):
                raise refused("proof")

    def _spend(self, call: Call, parts: list[str], weight: int = 1) -> None:
        use_case, owner = self._budget(call, parts)
        if owner is not None and call.kind in {"page", "instagram"}:
            self._usage.spend(use_case, owner.id, weight)
        else:
            of_page = parts[0] in self._store.pages or parts[0] in self._store.posts
            refusal = "app_limit" if call.token is None else "page_limit" if of_page else "user_limit"
            self._usage.spend_app(refusal, weight)

    def _budget(self, call: Call, parts: list[str]) -> tuple[str, Account | None]:
        if call.token is None or call.kind == "user":
            return "pages", None
        if call.kind == "instagram":
            return "instagram", call.own_instagram()
        page = self._store.pages[call.token.page_id]
        messaging = parts[0].startswith("t_") or parts[-1] in MESSAGING_EDGES
        if messaging and call.params.get("platform").lower() != "instagram":
            return "messenger", page
        instagram = self._store.instagrams.get(page.instagram_id)
        of_instagram = parts[0] in self._store.media or parts[0] in self._store.media_comments
        if instagram is not None and (messaging or of_instagram or parts[0] == instagram.id):
            return "instagram", instagram
        return "pages", page

    def _headers(self, call: Call, parts: list[str]) -> dict[str, str]:
        if not parts:
            return {}
        use_case, owner = self._budget(call, parts)
        if owner is None:
            return self._usage.headers(use_case, "", "")
        page = owner if isinstance(owner, Page) else self._store.pages.get(owner.page_id)
        return self._usage.headers(use_case, owner.id, page.business_id if page else owner.id)

    async def _serve(self, call: Call, parts: list[str]) -> Any:
        if not parts:
            return await self._several(call)
        if len(parts) > 2:
            raise refused("path", f"Unknown path components: /{'/'.join(parts[1:])[:100]}")
        self._spend(call, parts)
        return await self._one(call, parts[0], parts[1] if len(parts) == 2 else "")

    async def _several(self, call: Call) -> Any:
        """`/?ids=a,b`: as many calls as there are ids."""
        ids = call.params.names("ids")
        if call.method != "GET" or not ids:
            raise bad_parameter("The parameter ids is required")
        if len(ids) > MAX_IDS:
            raise bad_parameter(f"At most {MAX_IDS} ids can be asked for")
        self._spend(call, ids, len(ids))
        return {each: await self._one(call, each, "") for each in dict.fromkeys(ids)}

    async def _one(self, call: Call, node_id: str, edge: str) -> Any:
        kind, node = locate(call, node_id)
        found = TYPES[kind]
        if call.method == "GET":
            return await self._read(call, kind, node, edge)
        write = found.writes.get((call.method, edge))
        if write is None:
            raise gone(node_id, call.method)
        return await self._write(write, call, node, edge)

    async def _write(self, write: Writing, call: Call, node: Any, edge: str) -> Any:
        """Make or change something, or refuse it as the switch for the edge says."""
        name = self._store.faults.refusals.get(edge) if call.method == "POST" else None
        if name == SENT_AND_REFUSED:
            await write(call, node)
        if name:
            raise GraphError(ERRORS[name])
        return await write(call, node)

    async def _read(self, call: Call, kind: str, node: Any, edge: str) -> Any:
        found = TYPES[kind]
        reads = call.store.faults.refused_reads
        if name := reads.get(str(node.id)) or reads.get(edge):
            raise GraphError(ERRORS[name])
        if not edge:
            return self._renderer.node(call, kind, node, call.params.get("fields"))
        if edge in found.reads:
            return await found.reads[edge](call, node)
        if edge in found.edges:
            return self._renderer.edge(call, kind, node, edge)
        raise refused(
            "parameter", f"(#100) Tried accessing nonexisting field ({edge[:50]}) on node type ({found.name})"
        )


def _split(path: str) -> tuple[str, list[str]]:
    parts = [part for part in path.split("/") if part]
    if parts and VERSION.fullmatch(parts[0]):
        return parts[0], parts[1:]
    return "", parts
