# SPDX-License-Identifier: Apache-2.0
"""The pages' texts in the reader's language: one function through which all of them go."""

from __future__ import annotations

from collections.abc import Callable
from gettext import NullTranslations

Translations = Callable[[str], NullTranslations]
"""From a language tag to its catalogue."""


def translations(locale: str) -> NullTranslations:  # noqa: ARG001 - English is the only catalogue so far
    """The catalogue for a BCP 47 tag: English, in which the templates are written."""
    return NullTranslations()
