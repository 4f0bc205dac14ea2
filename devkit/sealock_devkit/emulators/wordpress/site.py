# SPDX-License-Identifier: Apache-2.0
"""One WordPress site: a web server of PHP's own on loopback, what it stores, and what its visitors and owner do."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sealock_devkit.emulators.wordpress.processes import PHP_SETTINGS, SCRIPTS, Control, Server
from sealock_devkit.stack.process import free_port


@dataclass(frozen=True, slots=True)
class SiteUser:
    """A user of a site."""

    login: str
    id: int
    password: str = field(repr=False)
    """The application password: for the REST API only."""
    sign_in_password: str = field(repr=False)
    """For `/wp-admin/`."""


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment to be put into the database as it stands, however unlikely."""

    post: int
    content: str
    date_gmt: datetime
    parent: int = 0
    parent_index: int | None = None
    """Instead of `parent`: which of the comments added together this one answers."""
    author_name: str = "Ada"
    author_email: str = "ada@example.test"
    user_id: int = 0
    status: str = "approved"
    """`approved`, `hold`, `spam` or `trash`."""
    type: str = "comment"
    user_agent: str = "Mozilla/5.0"

    def as_json(self) -> dict[str, Any]:
        """What the control script reads."""
        stamp = self.date_gmt.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return {name: getattr(self, name) for name in self.__slots__} | {"date_gmt": stamp}


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A comment as the site's database has it."""

    id: int
    post: int
    parent: int
    user_id: int
    author_name: str
    author_email: str
    content: str
    status: str
    """`approved`, `hold`, `spam` or `trash`."""
    date_gmt: datetime
    """The beginning of 1970 for one that is none."""
    user_agent: str

    @classmethod
    def from_row(cls, row: dict[str, str]) -> StoredComment:
        """From a row of WordPress's comments table."""
        return cls(
            id=int(row["comment_ID"]),
            post=int(row["comment_post_ID"]),
            parent=int(row["comment_parent"]),
            user_id=int(row["user_id"]),
            author_name=row["comment_author"],
            author_email=row["comment_author_email"],
            content=row["comment_content"],
            status={"1": "approved", "0": "hold"}.get(row["comment_approved"], row["comment_approved"]),
            date_gmt=_instant(row["comment_date_gmt"]),
            user_agent=row["comment_agent"],
        )


class Site:
    """
    A site, made and started by `WordPress.add_site`.

    Its users are `admin` (administrator), `agent` (editor) and `reader` (subscriber).
    """

    def __init__(self, name: str, *, tree: Path, folder: Path, database_socket: Path, port: int = 0) -> None:
        self.name = name
        self.users: dict[str, SiteUser] = {}
        self._tree = tree
        self._folder = folder
        self._port = port or free_port()
        self._server: Server | None = None
        self._environment = {
            "SITE_ROOT": str(tree),
            "SITE_URL": self.url,
            "SITE_DATABASE": name,
            "SITE_DATABASE_SOCKET": str(database_socket),
            "SITE_SECRET": _secret_of(folder / "secret"),
        }
        self._control = Control(self._environment, log=folder / "control.log")

    @property
    def url(self) -> str:
        """The site's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    async def install(self, *, title: str, pretty_permalinks: bool, time_zone: str) -> None:
        """Make the site unless it is there, and give each user a new application password."""
        passwords = {login: secrets.token_urlsafe(12) for login in ("admin", "agent", "reader")}
        with Control({**self._environment, "SITE_INSTALLING": "1"}, log=self._folder / "control.log") as installing:
            given = await asyncio.to_thread(installing.order, "install", title=title, passwords=passwords)
        self.users = {
            login: SiteUser(login, user["id"], user["password"], passwords[login]) for login, user in given.items()
        }
        await self.set_permalinks(pretty=pretty_permalinks)
        await self.set_time_zone(time_zone)

    async def make_network(self) -> None:
        """
        Make it the first site of a network, before it is started.

        Others are made by `wpmu_create_blog`: those of the domain `network.test` by their path, and those of
        `second.network.test` at the name `localhost`.
        """
        with Control({**self._environment, "SITE_INSTALLING": "1"}, log=self._folder / "control.log") as installing:
            await asyncio.to_thread(installing.order, "make_network", title=self.name)
        self._control.close()
        self._environment["SITE_NETWORK"] = "1"
        self._control = Control(self._environment, log=self._folder / "control.log")
        for login in self.users:  # A network takes none that was made before.
            await self.renew_password(login)

    def start(self) -> None:
        """Start serving; returns when the site answers. Raises RuntimeError when it does not."""
        self._server = Server(
            [
                "php",
                *PHP_SETTINGS,
                "-S",
                f"127.0.0.1:{self._port}",
                "-t",
                str(self._tree),
                str(SCRIPTS / "router.php"),
            ],
            log=self._folder / "php.log",
            environment={"PHP_CLI_SERVER_WORKERS": "4", **self._environment},
        )
        deadline = time.monotonic() + 30
        while not self._answers():
            if not self._server.running or time.monotonic() > deadline:
                words = self._server.last_words()
                self.stop()
                raise RuntimeError(f"WordPress did not start: {words}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop serving: visitors find the site down. What needs no web server still works."""
        if self._server:
            self._server.stop()
            self._server = None

    async def add_post(self, title: str, *, content: str = "", type: str = "post") -> int:  # noqa: A002
        """Publish a post (or a `page`) with open comments; its id."""
        return int(await self._order("add_post", title=title, content=content, type=type))

    async def open_comments(self, post: int, *, open: bool) -> None:  # noqa: A002
        """Open or close a post's comments."""
        await self._order("open_comments", post=post, open=open)

    async def write_comment(
        self, post: int, text: str, *, name: str = "Ada Guest", email: str = "ada@example.test", parent: int = 0
    ) -> int:
        """Write a comment as a guest does, through the form below the post; its id. Raises RuntimeError if refused."""
        form = {"comment_post_ID": post, "comment_parent": parent, "author": name, "email": email, "comment": text}
        address = f"{self.url}/wp-comments-post.php"
        return await asyncio.to_thread(_submit, address, urllib.parse.urlencode(form).encode())

    async def page(self, address: str) -> str:
        """The HTML of one of the site's pages, as a browser gets it, redirects followed."""
        return await asyncio.to_thread(_browse, address)

    async def add_comments(self, comments: Sequence[NewComment]) -> list[int]:
        """Put comments into the database, thousands in a second or two; their ids in the same order."""
        ids: list[int] = await self._order("add_comments", comments=[comment.as_json() for comment in comments])
        return ids

    async def comments(self) -> list[StoredComment]:
        """All comments of any status, by id."""
        return [StoredComment.from_row(row) for row in await self._order("comments")]

    async def set_status(self, comment: int, status: str) -> None:
        """Moderate a comment: `approve`, `hold`, `spam` or `trash`."""
        await self._order("set_status", comment=comment, status=status)

    async def delete(self, *comments: int) -> None:
        """Delete comments for good; WordPress hands their answers to their parents."""
        await self._order("delete", comments=comments)

    async def reset(self) -> None:
        """Leave no comment (ids go on counting), no moderation, and none of the behaviours of `set_options`."""
        await self._order("reset", options=_QUIET)

    async def set_parent(self, comment: int, parent: int) -> None:
        """Set a comment's parent in the database, without any of WordPress's checks."""
        await self._order("set_parent", comment=comment, parent=parent)

    async def new_password(self, login: str) -> str:
        """One more application password for a user."""
        return str(await self._order("new_password", login=login))

    async def renew_password(self, login: str) -> None:
        """Give a user a new application password, the one in `users`."""
        self.users[login] = replace(self.users[login], password=await self.new_password(login))

    async def revoke_passwords(self, login: str) -> None:
        """Take all application passwords away from a user."""
        await self._order("revoke_passwords", login=login)

    async def set_role(self, login: str, role: str) -> None:
        """Make a user an `editor`, `subscriber`, ..."""
        await self._order("set_role", login=login, role=role)

    async def set_permalinks(self, *, pretty: bool) -> None:
        """`/a-title/` and `/wp-json/`, or `/?p=1` and `/?rest_route=/`."""
        await self._order("set_permalinks", pretty=pretty)

    async def set_time_zone(self, name: str) -> None:
        """The site's time zone by its name, such as `Europe/Berlin`, or as an offset, such as `+05:30`."""
        hours, _, minutes = name.partition(":")
        offset = name[:1] in {"+", "-"}
        east = (float(hours) + (float(minutes or 0) / 60) * (-1 if name[0] == "-" else 1)) if offset else 0
        await self.set_options({"timezone_string": "" if offset else name, "gmt_offset": east})

    async def set_moderation(self, *, on: bool) -> None:
        """Whether guests' comments wait for a moderator."""
        await self.set_options({"comment_moderation": int(on)})

    async def set_options(self, options: Mapping[str, Any]) -> None:
        """
        Set options of WordPress, or of the site's behaviour.

        `sealock_flood_protection` (guests), `sealock_flood_for_all`, `sealock_rest_refused` (the status that every
        REST call gets), `sealock_slow_milliseconds` (before each REST answer).
        """
        await self._order("set_options", options=dict(options))

    async def run(self, php: str, **values: Any) -> Any:
        """What lines of PHP return that are run in WordPress, with these values as variables."""
        return await self._order("run", php=php, values=values)

    async def _order(self, do: str, **details: Any) -> Any:
        return await asyncio.to_thread(self._control.order, do, **details)

    def close(self) -> None:
        """Stop serving and everything else."""
        self.stop()
        self._control.close()

    def _answers(self) -> bool:
        try:
            with _OPENER.open(f"{self.url}/?rest_route=/", timeout=10):
                return True
        except OSError:
            return False


_QUIET = {
    "comment_moderation": 0,
    "sealock_flood_protection": 0,
    "sealock_flood_for_all": 0,
    "sealock_rest_refused": 0,
    "sealock_slow_milliseconds": 0,
}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to be read as an answer."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def _browse(address: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=30) as answer:
        html: bytes = answer.read()
    return html.decode()


def _submit(url: str, form: bytes) -> int:
    """The id of the comment: WordPress leads its author to it."""
    try:
        with _OPENER.open(url, form, timeout=30) as answer:
            status, leads_to = answer.status, ""
    except urllib.error.HTTPError as answer:
        with answer:
            status, leads_to = answer.code, answer.headers.get("Location", "")
    place = re.search(r"#comment-([0-9]+)$", leads_to)
    if place is None:
        raise RuntimeError(f"WordPress refused the comment: status {status}")
    return int(place[1])


def _instant(stored: str) -> datetime:
    try:
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _secret_of(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()
