# SPDX-License-Identifier: Apache-2.0
"""A simple origin's whole connector: notes of a board, pulled and answered over its JSON API."""

from datetime import datetime

from sealock_connector import (
    Author,
    Connector,
    Cursor,
    Done,
    ExternalResource,
    Field,
    Form,
    Posted,
    Problem,
    Pulled,
    origin_client,
    serve,
)


class Board(Connector):
    origin, display_name = "board", "Board"

    async def open(self):
        self.http = origin_client(allowed_networks=self.allowed_networks)

    async def close(self):
        await self.http.aclose()

    async def setup(self, step):
        if (site := step.answers.get("site")) and (await self.http.get(f"{site}/notes")).is_success:
            return Done(account_name=site, account={"site": site})
        problems = [Problem("No board answers there.", "site")] if site else []
        return Form("site", "Connect a board", [Field("site", "Its address")], problems=problems)

    async def pull(self, pull):
        cursor = Cursor.load(pull.state)
        response = await self.http.get(f"{pull.account['site']}/notes", params={"since": cursor.since or ""})
        for note in response.raise_for_status().json():
            at = datetime.fromisoformat(note["at"])
            if (at, note["id"]) not in cursor:
                cursor = cursor.seen(at, note["id"])
                yield Pulled(ExternalResource(note["id"], note["text"], at, Author(note["by"])), after=cursor)

    async def channelback(self, reply):
        note = {"text": reply.message, "to": reply.parent_id or reply.thread_id}
        response = await self.http.post(f"{reply.account['site']}/notes", json=note)
        return Posted(response.raise_for_status().json()["id"])


if __name__ == "__main__":
    serve(Board())
