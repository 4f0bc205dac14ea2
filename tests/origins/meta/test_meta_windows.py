# SPDX-License-Identifier: Apache-2.0
"""The windows in which Meta takes messages, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sealock_origins.meta.sending import Window, closed_sentence, window

WROTE = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)
CASES = [
    (timedelta(0), Window.RESPONSE, Window.RESPONSE),
    (timedelta(hours=23, minutes=59, seconds=59), Window.RESPONSE, Window.RESPONSE),
    (timedelta(hours=24, seconds=1), Window.CLOSED, Window.HUMAN_AGENT),
    (timedelta(days=6, hours=23, minutes=59), Window.CLOSED, Window.HUMAN_AGENT),
    (timedelta(days=7, minutes=1), Window.CLOSED, Window.CLOSED),
    (timedelta(seconds=-30), Window.RESPONSE, Window.RESPONSE),
]


@pytest.mark.parametrize(("age", "alone", "with_feature"), CASES, ids=str)
def test_the_window_depends_on_how_long_ago_the_person_wrote(age, alone, with_feature):
    assert window(WROTE, WROTE + age, human_agent=False) is alone
    assert window(WROTE, WROTE + age, human_agent=True) is with_feature


def test_where_nobody_knows_when_the_person_wrote_meta_decides():
    assert window(None, WROTE, human_agent=False) is Window.RESPONSE


def test_a_window_is_named_as_the_send_api_wants_it():
    assert Window.RESPONSE.as_body() == {"messaging_type": "RESPONSE"}
    assert Window.HUMAN_AGENT.as_body() == {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def test_the_sentence_names_the_time_that_was_there():
    assert "24 hours" in closed_sentence("Facebook", human_agent=False)
    assert "seven days" in closed_sentence("Facebook", human_agent=True)
