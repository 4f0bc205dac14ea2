# SPDX-License-Identifier: Apache-2.0
"""An app's files, of a zip or a folder, and what is wrong with an app."""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_NAME = 80
MAX_ZIP_BYTES = 2_000_000
"""Zendesk's limit is 2 MB; this is the smaller thing that it can mean."""
MAX_UNPACKED_BYTES = 20_000_000
"""All files together. An app of 2 MB that unpacks to more is a bomb, not an app."""
MAX_FILES = 2_000
MAX_JSON_BYTES = 1_000_000
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule. It never holds a value of the app, only names of files and keys."""

    place: str
    """The file, and the key in it where there is one: `requirements.json: channel_integrations`."""
    problem: str
    """What is wrong, as the end of a sentence that begins with the place."""
    remedy: str
    """What to do about it, as a sentence."""

    def __str__(self) -> str:
        return f"{self.place} {self.problem}. {self.remedy}"


class Findings:
    """Collects what the checks find."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(self, place: str, problem: str, remedy: str) -> None:
        """A rule is broken."""
        self._findings.append(Finding(place, problem, remedy))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __len__(self) -> int:
        return len(self._findings)


def shown(name: str) -> str:
    """A name that somebody else wrote, fit for a terminal: control characters escaped, and not too long."""
    printable = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in name)
    return printable if len(printable) <= LONGEST_NAME else f"{printable[:LONGEST_NAME]}..."


BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)
"""What the standard library raises for archives that are damaged or made to hurt."""


class PackageUnreadable(Exception):
    """There is no app here that could be checked: nothing, or neither a zip nor a folder. The message says which."""


@dataclass(frozen=True, slots=True)
class Package:
    """An app's files by their names, with `/` between folders. Only sound ones are here."""

    sizes: dict[str, int]
    read_up_to: Callable[[str, int], bytes]
    """The first so many bytes of a file. Raises `BROKEN`."""


def open_package(path: Path, findings: Findings) -> Package:
    """
    The app's files: of a zip, or of a folder.

    What is unsound is found and left out: sizes are checked before anything is unpacked. Raises `PackageUnreadable`.
    """
    try:
        package = _folder(path, findings) if path.is_dir() else _zip_file(path, findings)
    except OSError as error:
        raise PackageUnreadable(f"{path} cannot be read: {error.strerror}") from None
    _check_nested(package, findings)
    return package


def open_archive(name: str, content: bytes, findings: Findings) -> Package:
    """The app's files, of a zip's bytes that somebody sent; findings call it `name`. Otherwise as `open_package`."""
    package = _archive(name, name, content, findings)
    _check_nested(package, findings)
    return package


def _zip_file(path: Path, findings: Findings) -> Package:
    size = path.stat().st_size
    if not path.is_file():
        raise PackageUnreadable(f"{path} is neither a file nor a folder")
    if size > MAX_ZIP_BYTES:
        return _too_large(path.name, size, findings)
    return _archive(path.name, str(path), path.read_bytes(), findings)


def _too_large(name: str, size: int, findings: Findings) -> Package:
    findings.add(name, f"has {size} bytes", f"Leave out what the app does not need: {MAX_ZIP_BYTES} at most.")
    return _nothing()


def _archive(name: str, place: str, content: bytes, findings: Findings) -> Package:
    if len(content) > MAX_ZIP_BYTES:
        return _too_large(name, len(content), findings)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN:
        raise PackageUnreadable(f"{place} is not a zip file") from None
    members = archive.infolist()
    if len(members) > MAX_FILES or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        remedy = f"At most {MAX_FILES} files and {MAX_UNPACKED_BYTES} bytes unpacked; leave out what is not needed."
        findings.add(name, "holds too much", remedy)
        return _nothing()
    sizes: dict[str, int] = {}
    for member in members:
        if _is_sound(member, sizes, findings) and not member.is_dir():
            sizes[member.filename] = member.file_size

    def read_up_to(name: str, most: int) -> bytes:
        with archive.open(name) as file:
            return file.read(most)

    return Package(sizes, read_up_to)


def _is_sound(member: zipfile.ZipInfo, known: dict[str, int], findings: Findings) -> bool:
    name = shown(member.orig_filename)
    before = len(findings)
    if leads_away(member.orig_filename):
        findings.add(name, "leads out of the app", "Give each file a plain relative name, with / between folders.")
    if member.filename in known:
        findings.add(name, "is in the zip twice", "Keep the one that is meant.")
    if stat.S_ISLNK(member.external_attr >> 16):
        findings.add(name, "is a link", "Put the file itself there.")
    if member.flag_bits & 0x1:
        findings.add(name, "is encrypted", "Make the zip without a password.")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        findings.add(name, "is compressed in an unusual way", "Make the zip with deflate, as every program can.")
    return len(findings) == before


def leads_away(name: str) -> bool:
    """Whether a name in an archive is absolute, climbs out of its folder, or is read differently elsewhere."""
    odd = name.startswith("/") or "\\" in name or "\0" in name or re.match(r"[A-Za-z]:", name) is not None
    return odd or not name or ".." in name.split("/")


def _folder(path: Path, findings: Findings) -> Package:
    sizes: dict[str, int] = {}
    for folder, folders, files in os.walk(path):
        for name in sorted([*folders, *files]):
            file = Path(folder, name)
            inside = file.relative_to(path).as_posix()
            if file.is_symlink():
                findings.add(shown(inside), "is a link", "Put the file itself there.")
            elif file.is_file():
                sizes[inside] = file.stat().st_size
        if len(sizes) > MAX_FILES or sum(sizes.values()) > MAX_UNPACKED_BYTES:
            remedy = f"At most {MAX_FILES} files and {MAX_UNPACKED_BYTES} bytes; name the app's own folder."
            findings.add(path.name or str(path), "holds too much", remedy)
            return _nothing()

    def read_up_to(name: str, most: int) -> bytes:
        with (path / name).open("rb") as file:
            return file.read(most)

    return Package(sizes, read_up_to)


def _check_nested(package: Package, findings: Findings) -> None:
    for name in package.sizes:
        try:
            nested = package.read_up_to(name, 4) in ARCHIVES
        except BROKEN:
            findings.add(shown(name), "is damaged", "Make the zip again.")
            continue
        if nested or name.lower().endswith(".zip"):
            findings.add(shown(name), "is a zip in the app", "Put its files into the app, or leave it out.")


def _nothing() -> Package:
    return Package({}, lambda _name, _most: b"")
