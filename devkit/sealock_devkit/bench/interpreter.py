# SPDX-License-Identifier: Apache-2.0
"""
Which Python a measurement runs on: an optimised one, where this machine has one that can run what is installed.

How a Python was built does not always stand in its configuration: Debian takes what it optimised with out of it again.
So those of the same version do the same work in turns, and the one that takes clearly less CPU is taken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

FLAGS = "--enable-optimizations"
CLEARLY = 0.95
ROUNDS = 5
TRIAL = """
import time
began, found = time.process_time(), {}
for number in range(60_000):
    text = f"{number % 97}:{number}"
    found[text] = found.get(text, 0) + len(text.split(":"))
print(time.process_time() - began)
"""
ABI = "import sysconfig; print(sysconfig.get_config_var('SOABI'))"
TOLD = "SEALOCK_BENCH_PYTHON"
"""What a process of the optimised one finds in its environment: the sentence for the page."""


def built_with(configuration: Mapping[str, object]) -> str:
    """What a Python's own configuration says of how it was built, as `sysconfig.get_config_vars` gives it."""
    said = f"{configuration.get('CONFIG_ARGS') or ''}"
    flags = [flag for flag in f"{configuration.get('PY_CFLAGS') or ''}".split() if flag.startswith("-O")]
    return FLAGS if FLAGS in said else f"{flags[-1] if flags else 'no -O'}, {FLAGS} not named"


def others() -> list[str]:
    """Other Pythons of this machine that can load the compiled modules that are installed for this one."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places = dict.fromkeys([*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin"])
    found = [shutil.which(name, path=place) for place in places]
    ours = Path(sys.executable).resolve()
    real = dict.fromkeys(str(Path(each).resolve()) for each in found if each)
    abi = str(sysconfig.get_config_var("SOABI"))
    return [each for each in real if Path(each) != ours and _said(each, ABI) == abi]


def costs(candidates: Sequence[str]) -> dict[str, float]:
    """Seconds of CPU that each takes for the same work, the least of rounds in turns; those that fail are left out."""
    seen: dict[str, list[float]] = {each: [] for each in candidates}
    for _ in range(ROUNDS):
        for each, seconds in seen.items():
            said = _said(each, TRIAL)
            if said:
                seconds.append(float(said))
    return {each: min(seconds) for each, seconds in seen.items() if seconds}


def better() -> tuple[str, float] | None:
    """The Python that does clearly more with the same CPU than this one, and what it takes of this one's; or None."""
    ours = sys.executable
    seen = costs([ours, *others()])
    best = min(seen, key=seen.__getitem__)
    share = seen[best] / seen[ours]
    return (best, share) if share < CLEARLY else None


def environment(folder: Path, python: str) -> Path:
    """A virtual environment of another Python with what is installed for this one. Returns its Python."""
    place = folder / "python"
    subprocess.run([python, "-m", "venv", "--without-pip", str(place)], check=True, capture_output=True)  # noqa: S603
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "measured.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    program = place / "bin" / "sealock"
    program.write_text(
        f"#!{place / 'bin' / 'python'}\nimport sys\nfrom sealock_contract.command import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    return place / "bin" / "python"


def this_one() -> str:
    """The sentence on which Python measures."""
    told = f", {os.environ[TOLD]}" if TOLD in os.environ else ""
    return f"Python {sys.version.split()[0]} ({built_with(sysconfig.get_config_vars())}){told}"


def _said(python: str, program: str) -> str:
    try:
        command = [python, "-I", "-c", program]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
