# SPDX-License-Identifier: Apache-2.0
"""Debian's WordPress with a private database: as many sites as a test needs, all below one folder."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from sealock_devkit.emulators.wordpress.installed import PLACES, THEMES, WORDPRESS, missing
from sealock_devkit.emulators.wordpress.processes import SCRIPTS, Server
from sealock_devkit.emulators.wordpress.site import Site

_SMALL_AND_QUICK = ("--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0", "--debug-no-sync")
"""How MariaDB writes: nobody needs its data after the machine has failed."""


class Database:
    """
    A private MariaDB with its data below `folder`.

    It has no network port: it is reached by a socket that only this user can open.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Server | None = None
        self._socket_folder: Path | None = None

    @property
    def socket(self) -> Path:
        """The socket it listens on while it runs."""
        if self._socket_folder is None:
            raise RuntimeError("the database is not running")
        return self._socket_folder / "mariadb"

    def start(self) -> None:
        """Start it, with new data if there is none; returns when it answers. Raises RuntimeError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "data"
        if not (data / "mysql").is_dir():
            self._install(data)
        # Not below the data: a socket's path may have 107 characters.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="sealock-db-"))
        self._server = Server(
            [
                _program("mariadbd"),
                "--no-defaults",
                f"--user={getpass.getuser()}",
                f"--datadir={data}",
                f"--socket={self.socket}",
                f"--pid-file={self._folder / 'pid'}",
                "--skip-networking",
                "--skip-log-bin",
                "--performance-schema=OFF",
                "--innodb-buffer-pool-size=32M",
                "--max-connections=60",
                *_SMALL_AND_QUICK,
            ],
            log=self._folder / "mariadb.log",
            environment={},
        )
        deadline = time.monotonic() + 30
        while not self._answers():
            if not self._server.running or time.monotonic() > deadline:
                words = self._server.last_words()
                self.stop()
                raise RuntimeError(f"MariaDB did not start: {words}")
            time.sleep(0.05)

    def create(self, name: str) -> None:
        """Make an empty database of that name unless there is one."""
        self._run("--execute", f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4").check_returncode()

    def stop(self) -> None:
        """End the server; its data stays."""
        if self._server:
            self._server.stop()
            self._server = None
        if self._socket_folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None

    def _answers(self) -> bool:
        return self.socket.exists() and self._run("--execute", "SELECT 1").returncode == 0

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [_program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", *arguments]
        return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - Debian's own program

    def _install(self, data: Path) -> None:
        with (self._folder / "install.log").open("ab") as log:
            subprocess.run(  # noqa: S603 - Debian's own program
                [
                    _program("mariadb-install-db"),
                    "--no-defaults",
                    "--auth-root-authentication-method=normal",
                    f"--datadir={data}",
                    f"--user={getpass.getuser()}",
                    "--skip-test-db",
                    *_SMALL_AND_QUICK,
                ],
                stdout=log,
                stderr=log,
                check=True,
            )


class WordPress:
    """
    A real WordPress with its data below `folder`, on loopback only.

    Start one with `async with WordPress(folder) as wordpress`, then `await wordpress.add_site("news")`. Leaving
    ends exactly the processes it started; the data stays, and the next start takes a second. The first site takes
    three seconds or so, each further one one.
    """

    def __init__(self, folder: Path) -> None:
        self.sites: dict[str, Site] = {}
        self._folder = folder
        self._database = Database(folder / "database")

    async def start(self) -> None:
        """Start the database. Raises RuntimeError when it does not start or something is not installed."""
        if lacking := missing():
            raise RuntimeError(lacking)
        await asyncio.to_thread(self._lay_out_tree)
        await asyncio.to_thread(self._database.start)

    async def add_site(
        self,
        name: str,
        *,
        title: str = "",
        pretty_permalinks: bool = False,
        time_zone: str = "UTC",
        port: int = 0,
        network: bool = False,
    ) -> Site:
        """
        Make a site, or take up the one of that name, and serve it.

        Each has a database of its own, so that the ids of two sites are the same. `name` is letters, digits and
        underscores; port 0 takes a free one. A `network` is one of WordPress's own, with this as its first site.
        """
        if not name.isidentifier():
            raise ValueError("name: letters, digits and underscores only")
        await asyncio.to_thread(self._database.create, name)
        site = Site(
            name,
            tree=self._tree,
            folder=self._folder / "sites" / name,
            database_socket=self._database.socket,
            port=port,
        )
        await site.install(title=title or name.title(), pretty_permalinks=pretty_permalinks, time_zone=time_zone)
        if network:
            await site.make_network()
        await asyncio.to_thread(site.start)
        self.sites[name] = site
        return site

    @contextmanager
    def plugin(self, php: str) -> Iterator[None]:
        """All sites run these lines of PHP, as a must-use plugin, until the context ends; none for an empty text."""
        # Each its own name: PHP looks only every other second whether a file that it has compiled is still the same.
        place = self._tree / "wp-content" / "mu-plugins" / f"plugin-{uuid4().hex}.php"
        if php:
            place.write_text(f"<?php\n{php}\n")
        try:
            yield
        finally:
            place.unlink(missing_ok=True)

    async def stop(self) -> None:
        """Stop all sites and the database."""
        for site in self.sites.values():
            await asyncio.to_thread(site.close)
        self.sites = {}
        await asyncio.to_thread(self._database.stop)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def _tree(self) -> Path:
        return self._folder / "tree"

    def _lay_out_tree(self) -> None:
        """WordPress's own files by links, which nothing here writes through, beside our settings and its uploads."""
        content = self._tree / "wp-content"
        for folder in (content / "themes", content / "mu-plugins", content / "plugins", content / "uploads"):
            folder.mkdir(parents=True, exist_ok=True)
        for script in WORDPRESS.glob("*.php"):
            shutil.copyfile(script, self._tree / script.name)
        for linked in (WORDPRESS / "wp-admin", WORDPRESS / "wp-includes"):
            _link(self._tree / linked.name, linked)
        for theme in THEMES.iterdir() if THEMES.is_dir() else ():
            _link(content / "themes" / theme.name, theme)
        shutil.copyfile(SCRIPTS / "wp-config.php", self._tree / "wp-config.php")
        shutil.copyfile(SCRIPTS / "behaviour.php", content / "mu-plugins" / "behaviour.php")


def _link(place: Path, target: Path) -> None:
    if not place.is_symlink():
        place.symlink_to(target, target_is_directory=True)


def _program(name: str) -> str:
    found = shutil.which(name, path=PLACES)
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found
