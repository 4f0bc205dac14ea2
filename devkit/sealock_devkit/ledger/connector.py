# SPDX-License-Identifier: Apache-2.0
"""The connector of a ledger's logbooks, as an author would write it: `python -m sealock_devkit.ledger.connector`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import sealock_connector as sdk
from sealock_connector.egress import OriginAnswer, OriginClient

SIGNATURE = sdk.HmacSignature("X-Logbook-Signature", prefix="sha256=")
"""How webhooks are signed."""


class Logbooks(sdk.Connector):
    """An account's values: `place`, `refresh`, `access`, and when that ends, in seconds since 1970."""

    origin: ClassVar[str] = "logbook"
    display_name: ClassVar[str] = "Logbook"

    def add_options(self, parser: ArgumentParser) -> None:
        """Where the origin is, and what it signs with."""
        parser.add_argument("--logbooks", required=True, metavar="URL", help="where the logbooks are")
        parser.add_argument("--webhook-secret", required=True, metavar="SECRET", help="what webhooks are signed with")

    def configure(self, options: Namespace) -> None:
        """Take them."""
        self._url: str = options.logbooks
        self._secret: str = options.webhook_secret

    def renew_through(self, successors: sdk.Successors) -> None:
        """Refresh tokens work once."""
        self._successors = successors

    async def open(self) -> None:
        """One client for all places."""
        self._http: OriginClient = sdk.origin_client(allowed_networks=self.allowed_networks, timeout=8)

    async def close(self) -> None:
        """Close it."""
        await self._http.aclose()

    async def setup(self, step: sdk.SetupStep) -> sdk.Form | sdk.Done:
        """One step: the place and the token of its sign-in."""
        if not step.answers:
            fields = [sdk.Field("place", "Place"), sdk.Field("refresh", "Token", sdk.FieldKind.SECRET)]
            return sdk.Form("place", "Which logbook?", fields)
        place = step.answers["place"]
        return sdk.Done(place, {"place": place, "refresh": step.answers["refresh"], "access": "", "ends": 0})

    def origin_account_key(self, account: sdk.Account) -> str:
        """The place."""
        return str(account["place"])

    async def pull(self, pull: sdk.Pull) -> AsyncIterator[sdk.Pulled]:
        """What hints name first, then what is listed."""
        account = await self._successors.newest(pull.account, self)
        if account != pull.account:
            pull.renew(account.values)
        state = pull.state or b"0"
        for hint in pull.hints:
            try:
                entry = _json(await self._get(account, f"entries/{int(hint)}"))
            except sdk.NotFound:
                continue
            except sdk.ConnectorError:
                pull.not_yet(hint)
                continue
            yield sdk.Pulled(_resource(entry), after=state)
        while page := _json(await self._get(account, f"entries?after={int(state)}")):
            for entry in page:
                state = str(entry["id"]).encode()
                yield sdk.Pulled(None if entry["mark"] else _resource(entry), after=state)

    async def channelback(self, reply: sdk.Reply) -> sdk.Posted:
        """Post under the ticket's conversation, with the key as a mark."""
        account = await self._successors.newest(reply.account, self)
        place, thread = str(reply.thread_id).split("/")
        body = json.dumps({"text": reply.message, "thread": int(thread), "mark": reply.key}).encode()
        answer = await self._http.post(
            f"{self._url}/places/{place}/entries", content=body, headers=_headers(account) | _JSON
        )
        return _posted(_json(answer))

    async def find_reply(self, reply: sdk.Reply) -> sdk.Posted | None:
        """The entry that has the key as its mark."""
        account = await self._successors.newest(reply.account, self)
        found = _json(await self._get(account, f"entries?mark={reply.key}"))
        return _posted(found[0]) if found else None

    async def receive_webhook(self, request: sdk.WebhookRequest) -> sdk.WebhookAnswer:
        """Places that have something new, with the ids that no list shows."""
        if not SIGNATURE.is_valid(request, [self._secret]):
            return sdk.WebhookAnswer(403)
        deliveries: dict[str, Sequence[bytes]] = {
            place: [str(number).encode() for number in numbers]
            for place, numbers in json.loads(request.body)["places"].items()
        }
        return sdk.WebhookAnswer(200, deliveries=deliveries)

    def secret(self, account: sdk.Account) -> str:
        """See `Renewal`."""
        return str(account["refresh"])

    def expires_at(self, account: sdk.Account) -> datetime:
        """See `Renewal`."""
        return datetime.fromtimestamp(account["ends"], UTC)

    async def renew(self, account: sdk.Account) -> Mapping[str, Any]:
        """See `Renewal`."""
        body = json.dumps({"refresh": account["refresh"]}).encode()
        renewed = _json(await self._http.post(f"{self._url}/token", content=body, headers=_JSON))
        return {name: renewed[name] for name in ("place", "refresh", "access", "ends")}

    async def _get(self, account: sdk.Account, path: str) -> OriginAnswer:
        return await self._http.get(f"{self._url}/places/{account['place']}/{path}", headers=_headers(account))


_JSON = {"Content-Type": "application/json"}


def _headers(account: sdk.Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account['access']}"}


def _json(answer: OriginAnswer) -> Any:
    match answer.status_code:
        case 401:
            raise sdk.AccountRevoked("the logbook refuses the token")
        case 404:
            raise sdk.NotFound("there is no such entry")
        case 429:
            raise sdk.OriginThrottled("the logbook asks for fewer calls")
        case 200:
            return json.loads(answer.content)
    raise sdk.OriginUnavailable(f"the logbook answers {answer.status_code}")


def _resource(entry: Mapping[str, Any]) -> sdk.ExternalResource:
    place, author = entry["place"], str(entry["author"])
    return sdk.ExternalResource(
        f"{place}/{entry['id']}",
        str(entry["text"]),
        datetime.fromisoformat(entry["at"]),
        sdk.Author(f"{place}/{author}", name=author),
        thread_id=f"{place}/{entry['thread']}",
    )


def _posted(entry: Mapping[str, Any]) -> sdk.Posted:
    return sdk.Posted(f"{entry['place']}/{entry['id']}")


if __name__ == "__main__":
    sdk.serve(Logbooks())
