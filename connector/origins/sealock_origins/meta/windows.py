# SPDX-License-Identifier: Apache-2.0
"""When messages may be sent: 24 hours after the person wrote, seven days for a human agent, then not at all."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

STANDARD = timedelta(hours=24)
HUMAN_AGENT = timedelta(days=7)
PRIVATE_REPLY = timedelta(days=7)
"""So long after a comment it can be answered privately."""


class Window(enum.Enum):
    """What Meta takes now; the value is what the Send API wants to hear."""

    RESPONSE = "RESPONSE"
    HUMAN_AGENT = "HUMAN_AGENT"
    CLOSED = ""

    def as_body(self) -> dict[str, str]:
        """The fields of a message that name the window."""
        if self is Window.HUMAN_AGENT:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return {"messaging_type": "RESPONSE"}


def window(last_written: datetime | None, now: datetime, *, human_agent: bool) -> Window:
    """
    The window of a person who wrote last at that time, to the second.

    None where that is not known: then Meta decides, because other things than messages open the window too.
    `human_agent` says that the app has the reviewed feature of that name.
    """
    if last_written is None or now - last_written <= STANDARD:
        return Window.RESPONSE
    return Window.HUMAN_AGENT if human_agent and now - last_written <= HUMAN_AGENT else Window.CLOSED


def closed_sentence(origin: str, *, human_agent: bool) -> str:
    """Why a message cannot be sent, for the agent."""
    time = "seven days" if human_agent else "24 hours"
    return (
        f"{origin} takes messages to a person for {time} after the person wrote, and that time is over. "
        "It opens again when the person writes."
    )
