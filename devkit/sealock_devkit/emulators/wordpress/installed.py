# SPDX-License-Identifier: Apache-2.0
"""
What the real WordPress needs of Debian's packages, what of it this machine lacks, and the command that brings it.

It is also a program, with nothing but the standard library: the demo asks it before anything is set up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WORDPRESS = Path("/usr/share/wordpress")
"""Where Debian's package has it."""
THEMES = Path("/var/lib/wordpress/wp-content/themes")
PLACES = "/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin:/bin:/sbin"
"""Where programs are looked for, those of administrators too, which are not on everybody's path."""
PACKAGES = (
    "wordpress",
    "wordpress-theme-twenty.*",
    "mariadb-server",
    "php-cli",
    "php-mysql",
    "php-curl",
    "php-xml",
    "php-mbstring",
    "php-gd",
)
"""What has to be installed, by names that each release of Debian since 12 has; apt takes the pattern as it is."""
_PROGRAMS = {
    "php": "PHP",
    "mariadbd": "MariaDB",
    "mariadb": "MariaDB's client",
    "mariadb-install-db": "MariaDB's tools",
}
_EXTENSIONS = ("mysqli", "curl", "dom", "mbstring", "gd")


def missing() -> str:
    """What is missing here, and the command that installs it; empty if nothing is."""
    lacking = list(_lacking())
    if not lacking:
        return ""
    return (
        f"WordPress cannot run on this machine yet. Missing: {', '.join(lacking)}.\n"
        f"On Debian 12 or newer this brings it:\n\n    {command()}\n\n"
        "Debian starts a web server and a database with them, on ports 80 and 3306. The demo uses neither: it runs its "
        "own, on free ports of 127.0.0.1."
    )


def command() -> str:
    """The command that installs it all, for whoever runs this."""
    install = f"apt-get install --yes --no-install-recommends {' '.join(map(_quoted, PACKAGES))}"
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}{install}"


def _lacking() -> Iterator[str]:
    if not _is_there(WORDPRESS / "wp-load.php"):
        yield "WordPress"
    elif not _themes():
        yield "a theme of WordPress"
    for program, name in _PROGRAMS.items():
        if shutil.which(program, path=PLACES) is None:
            yield f"{name} (the program {program})"
    loaded = _extensions()
    if loaded is not None:
        yield from (f"PHP's extension {each}" for each in _EXTENSIONS if each not in loaded)


def _is_there(file: Path) -> bool:
    return file.is_file() and os.access(file, os.R_OK)


def _themes() -> bool:
    return THEMES.is_dir() and any(THEMES.iterdir())


def _extensions() -> set[str] | None:
    """The extensions that PHP has; None without PHP."""
    php = shutil.which("php", path=PLACES)
    if php is None:
        return None
    try:
        listed = subprocess.run([php, "-m"], capture_output=True, check=False, text=True)  # noqa: S603 - Debian's program
    except OSError:
        return set()
    return {line.strip().lower() for line in listed.stdout.splitlines()}


def _quoted(package: str) -> str:
    """As a shell takes it."""
    return f"'{package}'" if "*" in package else package


if __name__ == "__main__":
    sys.exit(missing() or None)
