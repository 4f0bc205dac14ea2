# SPDX-License-Identifier: Apache-2.0
"""What the kernel knows of a connection before anything of it is read or written."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from typing import Final

_CLOSE_WAIT: Final = 8
"""What Linux calls a connection that the peer has ended (tcp_states.h)."""


def has_hung_up(transport: asyncio.Transport) -> bool:
    """Whether the peer will send nothing more, as the kernel knows before it is read."""
    try:
        connected: socket.socket = transport.get_extra_info("socket")
        return connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _CLOSE_WAIT
    except (AttributeError, OSError):
        return False


def unacknowledged(transport: asyncio.Transport) -> int:
    """The bytes that the kernel keeps because the peer has not acknowledged them."""
    try:
        found = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    except (AttributeError, OSError, ValueError):
        return 0
    [queued] = struct.unpack("i", found)
    return int(queued)
