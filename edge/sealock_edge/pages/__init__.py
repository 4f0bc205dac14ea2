# SPDX-License-Identifier: Apache-2.0
"""The pages that people see: templates, and how they are rendered and guarded."""

from sealock_edge.pages.rendering import Pages, Texts, Translations, filled, language_for, languages, translations

__all__ = ["Pages", "Texts", "Translations", "filled", "language_for", "languages", "translations"]
