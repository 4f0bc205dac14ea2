# SPDX-License-Identifier: Apache-2.0
"""What can become of a resource on its way to Zendesk besides being answered as it is."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Mended(Enum):
    """What was changed so that Zendesk takes a resource. Nothing that people read is lost by it unseen."""

    TEXT_CUT = "text_cut"
    """The text was longer than Zendesk takes; it ends with a note."""
    TEXT_FILLED_IN = "text_filled_in"
    """There was no text, and it says so."""
    TEXT_CLEANED = "text_cleaned"
    """Control characters were taken out of the text or its HTML."""
    HTML_LEFT_OUT = "html_left_out"
    """The HTML was too long or empty; the text is there."""
    NAME_CUT = "name_cut"
    """The author's name was too long or had control characters."""
    IMAGE_LEFT_OUT = "image_left_out"
    """The author's picture is not at an https URL that Zendesk takes."""
    LOCALE_LEFT_OUT = "locale_left_out"
    """The author's language is not a language tag."""
    FIELD_LEFT_OUT = "field_left_out"
    """A field had no usable id or value, or there were too many."""
    DISPLAY_INFO_LEFT_OUT = "display_info_left_out"
    """An entry had no usable type, was too long, or there were too many."""
    FILE_LINKED = "file_linked"
    """A file beyond the tenth is linked in the text."""
    FILE_NAMED = "file_named"
    """A file that Zendesk cannot fetch is named in the text."""
    CONVERSATION_MOVED = "conversation_moved"
    """It answers a resource that was set aside, and was put where that one belonged."""


class Reason(Enum):
    """Why a resource cannot be given to Zendesk."""

    EXTERNAL_ID = "external_id"
    """Its id is missing, too long, or not plain ASCII without outer spaces."""
    CONVERSATION_ID = "conversation_id"
    """Its parent's or thread's id is such."""
    AUTHOR_ID = "author_id"
    """It has no author, or the author's id is such."""
    CREATE_TIME = "create_time"
    """It has no time, or one outside the years 1970 to 9999."""


class SetAside(NamedTuple):
    """A resource that is not answered. `external_id` is empty when it is not fit to be logged."""

    external_id: str
    reason: Reason
