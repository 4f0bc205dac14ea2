# SPDX-License-Identifier: Apache-2.0
"""The tables of one TOML file, or of all that a folder has: each integration can bring a file of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENDING = ".toml"


class UnreadableFile(ValueError):
    """A file cannot be read. The text says which, and why, and never shows what is in it."""


class TwiceInFolder(ValueError):
    """Two files of a folder say the same thing. The text names it, and both."""


def tables_of(path: Path) -> dict[str, Any]:
    """
    What the file says; for a folder, what its `*.toml` files say together.

    A folder's files may share a table, but not a setting or an integration. Raises `UnreadableFile`, `TwiceInFolder`.
    """
    if not path.is_dir():
        return _read(path)
    files = sorted(path.glob(f"*{ENDING}"))
    if not files:
        raise UnreadableFile(f"{path.name} has no files that end in {ENDING}")
    together: dict[str, Any] = {}
    said_in: dict[str, str] = {}
    for file in files:
        for name, table in _read(file).items():
            if isinstance(table, Mapping) and isinstance(together.setdefault(name, {}), dict):
                for setting, value in table.items():
                    _only_once(f"{name}.{setting}", file, said_in)
                    together[name][setting] = value
            else:
                _only_once(name, file, said_in)
                together[name] = table
    return together


def _only_once(what: str, file: Path, said_in: dict[str, str]) -> None:
    if said_in.setdefault(what, file.name) != file.name:
        raise TwiceInFolder(f"{what} is in {said_in[what]} and in {file.name}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path.name} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{path.name} is not TOML: {error}") from None
