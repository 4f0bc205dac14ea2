# SPDX-License-Identifier: Apache-2.0
"""
Run as a script: becomes a program that gets SIGTERM when the process that started it dies (Linux).

The arguments are that process's id and the program's command line. This is a program of its own, instead of a
function that runs between fork and exec, because the starting process may have threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, command: list[str]) -> None:
    """Turn this process into the program."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        sys.exit("whoever started this has died already")
    os.execvp(command[0], command)  # noqa: S606  (the stack's own commands)


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
