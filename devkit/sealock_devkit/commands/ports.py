# SPDX-License-Identifier: Apache-2.0
"""What commands say of a port that another program has."""

from __future__ import annotations

import errno
import socket


def is_in_use(problem: BaseException) -> bool:
    """Whether it is that another program listens at the address."""
    return isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE


def in_use(command: str, host: str, port: int) -> str:
    """The sentence for it, with the command that helps: `command` is that of `sealock`."""
    shown = f"[{host}]" if ":" in host else host
    return f"port {port} is taken by another program; take a free one: sealock {command} --listen {shown}:{_free(host)}"


def taken(command: str, host: str, port: int) -> str:
    """The sentence for an address that cannot be listened at; empty when it can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            return in_use(command, host, port) if is_in_use(problem) else f"--listen {host}:{port}: {problem.strerror}"
    return ""


def _free(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
