# SPDX-License-Identifier: Apache-2.0
"""The quick way and the thorough way say the same, and whatever is not plain goes the thorough way."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealock_edge.zendesk import SetAside, Terms, answer_resource
from sealock_edge.zendesk.answers import plain_bodies
from tests.edge.zendesk.conftest import resource
from tests.edge.zendesk.test_everything_that_leaves import resources

TERMS = Terms(clickthrough=True)


def thorough(page) -> list[dict] | None:
    """The page as `resources` has it; None if anything was set aside, mended or a duplicate."""
    answers = [answer_resource(each, TERMS) for each in page]
    if any(isinstance(answer, SetAside) or answer.mended for answer in answers):
        return None
    bodies = [answer.body for answer in answers]
    return bodies if len({body["external_id"] for body in bodies}) == len(bodies) else None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=400)
@given(page=st.lists(resources(), max_size=4))
def test_what_goes_the_quick_way_is_what_the_thorough_way_says(page):
    quick = plain_bodies(page)
    assert quick is None or quick == thorough(page)


GOOD = {
    "nothing but what must be": {},
    "HTML and a thread": {"html_message": "<p>Is it?</p>", "thread_id": "site:thread"},
    "milliseconds": {"create_time": {"seconds": 5, "nanos": 20_000_000}},
    "no name": {"author": {"external_id": "site:ann"}},
    "a picture and a language": {
        "author": {"external_id": "site:ann", "name": "Ann", "image_url": "https://a.example/x.png", "locale": "de"}
    },
    "fields": {"fields": [{"id": "subject", "value": {"string_value": "Re: bridge"}}]},
    "an internal note": {"internal_note": True, "allow_channelback": False},
    "line breaks and other letters": {"message": "Ist die Brücke\n\toffen? 🌉"},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD)
def test_good_resources_go_the_quick_way(changes):
    page = [resource(**changes), resource(external_id="site:2")]
    quick = plain_bodies(page)
    assert quick is not None
    assert quick == thorough(page)


SPOILED = {
    "an id of another alphabet": {"external_id": "sité:1"},
    "an id with outer spaces": {"external_id": " site:1"},
    "no id": {"external_id": ""},
    "an id that is too long": {"external_id": "x" * 256},
    "a thread that is too long": {"thread_id": "x" * 256},
    "no author": {"author": {"external_id": "", "name": "Ann"}},
    "no text": {"message": ""},
    "a text of spaces": {"message": " \n"},
    "a text that is too long": {"message": "x" * 65_536},
    "a control character": {"message": "a\x07b"},
    "HTML of spaces": {"html_message": "  "},
    "HTML that is too long": {"html_message": "x" * 65_536},
    "a name that is too long": {"author": {"external_id": "site:ann", "name": "x" * 256}},
    "a name of two lines": {"author": {"external_id": "site:ann", "name": "Ann\nB"}},
    "no time": {"create_time": {"seconds": 0}},
    "a time before time": {"create_time": {"seconds": -1}},
    "a time that is too late": {"create_time": {"seconds": 253402300800}},
    "a picture elsewhere": {"author": {"external_id": "site:ann", "name": "Ann", "image_url": "ftp://a/b"}},
    "a file": {"files": [{"name": "a.png", "url": "https://a.example/a.png"}]},
    "a parent": {"parent_id": "site:0"},
    "the id of the other one": {"external_id": "site:2"},
}


@pytest.mark.parametrize("changes", SPOILED.values(), ids=SPOILED)
def test_one_resource_that_is_not_plain_sends_its_page_the_thorough_way(changes):
    assert plain_bodies([resource(external_id="site:2"), resource(**changes)]) is None
