# SPDX-License-Identifier: Apache-2.0
"""Debian's WordPress with a private database: as many sites as a test needs, all below one folder."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from sealock_devkit.emulators.wordpress.control import SCRIPTS
from sealock_devkit.emulators.wordpress.database import Database
from sealock_devkit.emulators.wordpress.site import Site

PACKAGES = (
    "wordpress",
    "wordpress-theme-twentytwentythree",
    "mariadb-server",
    "php8.2-cli",
    "php8.2-mysql",
    "php8.2-curl",
    "php8.2-xml",
    "php8.2-mbstring",
    "php8.2-gd",
)
"""What `apt-get install --no-install-recommends` has to install for `available`."""

_INSTALLED = Path("/usr/share/wordpress")
_THEMES = Path("/var/lib/wordpress/wp-content/themes")


def available() -> bool:
    """Whether Debian's WordPress, MariaDB and PHP are installed here."""
    programs = ("php", "mariadbd", "mariadb", "mariadb-install-db")
    places = "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"
    return (_INSTALLED / "wp-load.php").is_file() and all(shutil.which(name, path=places) for name in programs)


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
        if not available():
            raise RuntimeError(f"WordPress needs: apt-get install --no-install-recommends {' '.join(PACKAGES)}")
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
    ) -> Site:
        """
        Make a site, or take up the one of that name, and serve it.

        Each has a database of its own, so that the ids of two sites are the same. `name` is letters, digits and
        underscores; port 0 takes a free one.
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
        await asyncio.to_thread(site.start)
        self.sites[name] = site
        return site

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
        for script in _INSTALLED.glob("*.php"):
            shutil.copyfile(script, self._tree / script.name)
        for linked in (_INSTALLED / "wp-admin", _INSTALLED / "wp-includes"):
            _link(self._tree / linked.name, linked)
        for theme in _THEMES.iterdir() if _THEMES.is_dir() else ():
            _link(content / "themes" / theme.name, theme)
        shutil.copyfile(SCRIPTS / "wp-config.php", self._tree / "wp-config.php")
        shutil.copyfile(SCRIPTS / "behaviour.php", content / "mu-plugins" / "behaviour.php")


def _link(place: Path, target: Path) -> None:
    if not place.is_symlink():
        place.symlink_to(target, target_is_directory=True)
