# SPDX-License-Identifier: Apache-2.0
"""What administrators and agents do at the local Zendesk, through its JSON API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

LONGEST_WAIT = 60.0


class ZendeskRefused(Exception):
    """The local Zendesk, or the integration behind it, would not do it. The text says why."""


class ZendeskClient:
    """
    A client of one local Zendesk. Use it as an async context manager.

    Integrations, accounts, tickets and comments are named by their numbers, and told as the API tells them. Every
    method raises `ZendeskRefused`.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, trust_env=False, timeout=LONGEST_WAIT + 30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def install(self, manifest_url: str) -> int:
        """Install an integration. Returns its number."""
        return int((await self._post("/api/integrations", manifest_url=manifest_url))["id"])

    async def read_manifest_again(self, integration: int) -> None:
        """Read the integration's manifest now instead of in some hours."""
        await self._post(f"/api/integrations/{integration}/manifest")

    async def add_account(self, integration: int, answers: Sequence[Mapping[str, str]]) -> int:
        """Add an account through the integration's admin pages: what is typed on each. Returns its number."""
        return int((await self._post(f"/api/integrations/{integration}/accounts", answers=list(answers)))["id"])

    async def edit_account(self, account: int, answers: Sequence[Mapping[str, str]]) -> None:
        """Edit an account through the integration's admin pages: what is typed on each."""
        await self._post(f"/api/accounts/{account}/edit", answers=list(answers))

    async def account(self, account: int) -> dict[str, Any]:
        """An account, with the metadata and state that Zendesk keeps."""
        return {**await self._get(f"/api/accounts/{account}"), **await self._get(f"/api/accounts/{account}/secrets")}

    async def pull(self, account: int) -> None:
        """Pull an account now, and wait until what came is in its tickets."""
        await self._post(f"/api/accounts/{account}/pull")

    async def tickets(self, account: int | None = None) -> list[int]:
        """The numbers of all tickets, or of an account's."""
        query = {} if account is None else {"account": str(account)}
        return [int(ticket["id"]) for ticket in (await self._get("/api/tickets", query))["tickets"]]

    async def comments(self, ticket: int) -> list[dict[str, Any]]:
        """The comments of a ticket, oldest first."""
        comments: list[dict[str, Any]] = (await self._get(f"/api/tickets/{ticket}"))["comments"]
        return comments

    async def file(self, number: int) -> bytes:
        """The bytes of a comment's file."""
        return (await self._http.get(f"/api/files/{number}")).raise_for_status().content

    async def reply(self, ticket: int, body: str) -> dict[str, Any]:
        """Answer on a ticket, and wait until the reply is delivered or failed. Returns the reply with its `status`."""
        comment = await self._post(f"/api/tickets/{ticket}/comments", body=body, wait=LONGEST_WAIT)
        reply: dict[str, Any] = comment["reply"]
        return reply

    async def open_link(self, comment: int) -> dict[str, Any]:
        """Follow a comment's link to the origin: `location`, `status`, `text` of the page and more."""
        return await self._get(f"/api/comments/{comment}/clickthrough")

    async def violations(self) -> list[dict[str, Any]]:
        """What broke Zendesk's protocol so far."""
        violations: list[dict[str, Any]] = (await self._get("/api/violations"))["violations"]
        return violations

    async def change_settings(self, **settings: Any) -> None:
        """Change how this Zendesk behaves."""
        await self._call("PATCH", "/api/settings", settings)

    async def wait(self, **conditions: Any) -> bool:
        """Wait until all that is asked for holds, as `/api/wait` has it. False if it does not in time."""
        query = {name: str(value).lower() for name, value in {"timeout": LONGEST_WAIT, **conditions}.items()}
        return bool((await self._get("/api/wait", query))["met"])

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return _read(await self._http.get(path, params=query))

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _read(await self._http.request(method, path, json=body))


def _read(response: httpx2.Response) -> dict[str, Any]:
    told: dict[str, Any] = response.json()
    if response.is_error:
        problems = [str(told.get("error", response.status_code)), *map(str, told.get("problems", ()))]
        raise ZendeskRefused("; ".join(dict.fromkeys(problems)))
    return told
