# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: D102, D103, INP001
"""A connector to a folder: each `*.txt` in a box becomes a ticket, and an agent's reply becomes a file beside it."""

from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import sealock_connector as sdk


class Letterbox(sdk.Connector):
    """The folder's subfolders are the boxes; an account watches one of them."""

    origin = "letterbox"
    display_name = "Letterbox"

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, required=True, help="where the boxes are")

    def configure(self, options: Namespace) -> None:
        self.folder: Path = options.folder

    async def setup(self, step: sdk.SetupStep) -> sdk.Form | sdk.Done:
        boxes = sorted(path.name for path in self.folder.iterdir() if path.is_dir())
        if (box := step.answers.get("box", "")) in boxes:
            return sdk.Done(account_name=box, account={"box": box})
        choice = sdk.Field("box", "Box", sdk.FieldKind.SELECT, options=[(box, box) for box in boxes])
        return sdk.Form("box", "Which box do you want to watch?", [choice])

    async def pull(self, pull: sdk.Pull) -> AsyncIterator[sdk.Pulled]:
        cursor = sdk.Cursor.load(pull.state)
        for written, letter in sorted((written_at(path), path) for path in self.letters(pull.account["box"])):
            if (written, letter.name) not in cursor:
                cursor = cursor.seen(written, letter.name)
                text = letter.read_text(errors="replace")
                yield sdk.Pulled(sdk.ExternalResource(id_of(letter), text, written, sdk.Author(letter.owner())), cursor)

    async def channelback(self, reply: sdk.Reply) -> sdk.Posted:
        file = self.reply_file(reply)
        file.write_text(reply.message)
        return sdk.Posted(id_of(file))

    async def find_reply(self, reply: sdk.Reply) -> sdk.Posted | None:
        file = self.reply_file(reply)
        return sdk.Posted(id_of(file)) if file.exists() else None

    def letters(self, box: str) -> list[Path]:
        return list((self.folder / box).glob("*.txt"))

    def reply_file(self, reply: sdk.Reply) -> Path:
        for letter in self.letters(reply.account["box"]):
            if id_of(letter) in {reply.parent_id, reply.thread_id}:
                return letter.with_suffix(f".reply-{sha256(reply.key.encode()).hexdigest()[:8]}")
        raise sdk.NotFound(message_for_agent="This letter is no longer in its box.")


def written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def id_of(path: Path) -> str:
    return quote(f"{path.parent.name}/{path.name}")


if __name__ == "__main__":
    sdk.serve(Letterbox())
