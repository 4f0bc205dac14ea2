# SPDX-License-Identifier: Apache-2.0
"""What tickets say of things without words is said in the language of whoever set the account up."""

from __future__ import annotations

from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sealock_contract.catalogues import SOURCE
from sealock_edge.pages import languages
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.resources import message_resource
from sealock_origins.meta.messages import Message

PACKAGE = files("sealock_origins.meta")
TRANSLATED = sorted(set(languages()) - {SOURCE})
PAGE = {"page": "1001", "name": "The Bakery", "token": "t", "since": 1, "messages_since": 1}
CHOICES = {"comments": True, "visitor_posts": True, "messages": True}


def said() -> set[str]:
    found = extract_from_dir(str(PACKAGE), [("**.py", "python")], keywords={"Text": None})
    return {message for _, _, message, _, _ in found}


def names(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_has_every_word_and_keeps_its_placeholders(tag):
    with (PACKAGE / "locales" / f"{tag}.po").open("rb") as file:
        translated = {message.id: message.string for message in read_po(file, abort_invalid=True) if message.id}
    assert translated.keys() == said()
    assert all(each.strip() and names(each) == names(text) for text, each in translated.items())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "(ein Sticker: https://x.test)"),
        ("fr-CA", "(un autocollant: https://x.test)"),
        ("", "(a sticker: https://x.test)"),
    ],
)
def test_a_sticker_is_said_in_the_accounts_language(language, words):
    told = {"id": "m", "created_time": "2026-11-22T06:44:35+0000", "from": {"id": "7"}, "sticker": "https://x.test"}
    account = PageAccount(**PAGE, **CHOICES, language=language)
    assert message_resource(Message.read(told), account).message == words
    assert ("language" in account.as_values()) == bool(language)
