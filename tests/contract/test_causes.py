# SPDX-License-Identifier: Apache-2.0
"""Every cause of the contract has a name for metrics and a sentence for people, in every language of the pages."""

from __future__ import annotations

import pytest

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail
from sealock_contract.causes import CATALOGUES, OTHER, SENTENCES, cause_name, sentence
from sealock_contract.limits import max_chars
from sealock_edge.pages import languages

CAUSES = [cause for cause in wire.Cause.values() if cause != wire.CAUSE_UNSPECIFIED]


def test_every_cause_has_a_sentence_and_there_is_none_beside():
    assert set(SENTENCES) == set(wire.Cause.values())
    assert SENTENCES[wire.CAUSE_UNSPECIFIED] == ""
    most = max_chars(ConnectorErrorDetail, "message_for_agent")
    for cause in CAUSES:
        words = SENTENCES[cause]
        assert words.endswith(".")
        assert 40 < len(words) <= most


def test_no_two_causes_say_the_same():
    assert len({SENTENCES[cause] for cause in CAUSES}) == len(CAUSES)


def test_a_cause_is_named_as_in_the_contract():
    assert cause_name(wire.CAUSE_CERTIFICATE) == "CERTIFICATE"
    assert cause_name(wire.CAUSE_UNSPECIFIED) == ""
    assert sentence(wire.CAUSE_MAINTENANCE) == SENTENCES[wire.CAUSE_MAINTENANCE]


@pytest.mark.parametrize("number", [max(wire.Cause.values()) + 1, 9999, -1])
def test_all_causes_that_are_newer_have_one_name_and_no_sentence(number):
    assert (cause_name(number), sentence(number)) == (OTHER, "")


def test_the_sentences_speak_all_languages_of_the_pages():
    assert {"en", *CATALOGUES.languages} == set(languages())


@pytest.mark.parametrize("tag", CATALOGUES.languages)
def test_every_sentence_is_translated(tag):
    catalogue = CATALOGUES.for_reader(tag)
    assert catalogue.language == tag
    for cause in CAUSES:
        assert catalogue.translates(SENTENCES[cause])
        assert catalogue.gettext(SENTENCES[cause]) not in ("", SENTENCES[cause])
