# SPDX-License-Identifier: Apache-2.0
"""How fetching a file of a reply fails, by whether it can succeed later."""

from __future__ import annotations


class FileError(Exception):
    """A file of a reply could not be fetched, so the reply was not posted."""


class FileRefused(FileError):
    """It will not work later either. The text is a sentence for the agent, in fixed words."""


class FileUnavailable(FileError):
    """It may work later. The text is in fixed words, for logs."""
