# SPDX-License-Identifier: Apache-2.0
"""A private MariaDB: its own data folder, no network port, reached by a socket that only this user can open."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from sealock_devkit.emulators.wordpress.leash import Leashed


class Database:
    """A MariaDB server with its data below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Leashed | None = None
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
        self._server = Leashed(
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
                "--innodb-log-file-size=16M",
                "--innodb-flush-log-at-trx-commit=0",
                "--max-connections=60",
                "--debug-no-sync",
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
                ],
                stdout=log,
                stderr=log,
                check=True,
            )


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin:/bin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found
