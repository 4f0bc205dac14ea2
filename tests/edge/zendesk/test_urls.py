# SPDX-License-Identifier: Apache-2.0
"""Which URLs are given to Zendesk, and how they are spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.zendesk.values import https_url
from tests.zendesk_schemas import SchemaViolation, requires_schemas, valid

TAKEN = {
    "https://a.example": "https://a.example",
    "https://a.example/": "https://a.example/",
    "https://a.example:8443/x/y.png?s=96&d=a%20b#top": "https://a.example:8443/x/y.png?s=96&d=a%20b#top",
    "https://[2001:db8::1]/x": "https://[2001:db8::1]/x",
    "https://10.0.0.1/x": "https://10.0.0.1/x",
    "https://a.example/a b": "https://a.example/a%20b",
    "https://a.example/ä?ö=😀": "https://a.example/%C3%A4?%C3%B6=%F0%9F%98%80",
    "https://a.example/100%": "https://a.example/100%25",
    "https://a.example/[1]?a[]=2": "https://a.example/%5B1%5D?a%5B%5D=2",
    'https://a.example/"<>{}|\\^`': "https://a.example/%22%3C%3E%7B%7D%7C%5C%5E%60",
    "https://a.example/x\n": "https://a.example/x%0A",
}

REFUSED = [
    "",
    "https://",
    "https:///x",
    "https://?x",
    "http://a.example/",
    "HTTP://a.example/",
    "//a.example/x",
    "/x",
    "javascript:alert(1)",
    "javascript:https://a.example",
    "https://user@a.example/",
    "https://user:password@a.example/",
    "https://ä.example/",
    "https://a b.example/",
    "https://a.example\\b/",
    "https://a.example:port/",
    " https://a.example/",
    "https://-a.example/",
    "https://a.example/x#a#b",
]


@pytest.mark.parametrize(("url", "spelled"), TAKEN.items())
def test_an_https_url_is_taken_and_spelled_in_the_letters_of_urls(url, spelled):
    assert https_url(url, 511) == spelled


@pytest.mark.parametrize("url", REFUSED)
def test_anything_else_is_no_url(url):
    assert https_url(url, 511) == ""


def test_a_url_is_measured_as_it_is_spelled():
    assert https_url("https://a.example/" + "x" * 493, 511)
    assert not https_url("https://a.example/" + "x" * 494, 511)
    assert not https_url("https://a.example/" + "ä" * 100, 511)


@requires_schemas
@given(url=st.text(max_size=60) | st.text("htps:/a.?#[]@%0 \\", max_size=40).map("https://".__add__))
def test_zendesk_takes_every_url_that_is_taken(url):
    spelled = https_url(url, 511)
    if spelled:
        valid("manifest", {"name": "n", "id": "i", "urls": {"admin_ui": spelled}})


@requires_schemas
def test_the_oracle_refuses_urls_that_are_not():
    with pytest.raises(SchemaViolation):
        valid("manifest", {"name": "n", "id": "i", "urls": {"admin_ui": "https:///x"}})
