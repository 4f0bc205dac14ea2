# SPDX-License-Identifier: Apache-2.0
"""Whatever HTML an origin sends, a comment has only what it may have."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.zendesk.engine.conversion import ALLOWED_TAGS, clean_html
from tests.devkit.zendesk.hostile.vectors import VECTORS
from tests.devkit.zendesk.scripted_service import resource

LINK, PICTURE = re.compile(r"(https?://|mailto:)", re.IGNORECASE), re.compile(r"https://", re.IGNORECASE)


def only_what_is_allowed(html: str) -> None:
    """Checks cleaned HTML as a browser reads it."""
    assert "<!" not in html
    body = LexborHTMLParser(html).body
    assert body is not None
    for node in body.css("*"):
        attributes = dict(node.attributes)
        if node.tag == "body":
            assert attributes == {}
            continue
        assert node.tag in ALLOWED_TAGS
        if node.tag == "a":
            assert LINK.match(attributes.pop("href", "https://"))
            assert attributes.pop("rel") == "noopener noreferrer"
        elif node.tag == "img":
            assert PICTURE.match(attributes.pop("src", "https://"))
            attributes.pop("alt", None)
        assert attributes == {}


@pytest.mark.parametrize("html", VECTORS)
def test_nothing_that_runs_or_loads_is_left_of_it(html):
    cleaned = clean_html(html)
    only_what_is_allowed(cleaned)
    assert clean_html(cleaned) == cleaned


@pytest.mark.parametrize("html", VECTORS)
def test_nothing_comes_out_of_what_stands_around_it(html):
    for around in ("<p>{}</p>", "<a href='https://e.example/'>{}</a>", "<ul><li>{}", "<pre>{}", "<b title='{}'>x</b>"):
        only_what_is_allowed(clean_html(around.format(html)))


PIECES = st.sampled_from(
    [
        *VECTORS,
        "<p>",
        "</p>",
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "<table>",
        "'",
        '"',
        ">",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=6).map("".join))
def test_whatever_goes_in_only_what_is_allowed_comes_out_and_stays_as_it_is(html):
    cleaned = clean_html(html)
    only_what_is_allowed(cleaned)
    assert clean_html(cleaned) == cleaned


TAG = st.sampled_from([*sorted(ALLOWED_TAGS), "script", "svg", "math", "iframe", "form", "style", "x-y"])
ATTRIBUTE = st.sampled_from(["href", "src", "onclick", "style", "id", "class", "alt", "srcset", "xlink:href", "target"])
VALUE = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["javascript:x", "https://e.example/", "//e", "data:,x", "mailto:a", " https://e", "HTTP://E"]),
)


@given(st.lists(st.tuples(TAG, st.dictionaries(ATTRIBUTE, VALUE, max_size=3), st.text(max_size=4)), max_size=6))
def test_any_tags_with_any_attributes_are_cleaned(parts):
    written = ""
    for tag, attributes, text in parts:
        inside = "".join(f' {name}="{value}"' for name, value in attributes.items())
        written += f"<{tag}{inside}>{text}"
    only_what_is_allowed(clean_html(written))


KEPT = [
    "<p>a <b>b</b> <strong>c</strong> <i>d</i> <em>e</em> <u>f</u><br>g</p>",
    "<ul><li>a</li></ul><ol><li>b</li></ol>",
    "<blockquote>a</blockquote><pre><code>b &lt; c</code></pre>",
    '<a href="mailto:ann@e.example" rel="noopener noreferrer">mail</a>',
    '<a href="http://e.example/?a=1&amp;b=2" rel="noopener noreferrer">plain</a>',
    '<img src="https://e.example/a.png" alt="a">',
    "🎉 \u202eright to left\u202c é",
]


@pytest.mark.parametrize("html", KEPT)
def test_what_a_comment_may_have_stays_as_it_is(html):
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("html", "is_kept"),
    [
        ("<script>x</script>", False),
        ("<p> &nbsp;<br></p>", False),
        ("<img src='http://e.example/a.png'>", False),
        ("<img alt='a' src='https://e.example/a.png'>", True),
        ("<p>x</p>", True),
    ],
)
async def test_html_of_which_nothing_is_left_to_see_gives_way_to_the_text(zendesk, service, account, html, is_kept):
    service.resources = [resource("c1", "the text", html_message=html)]
    await zendesk.pull(account.id)
    (comment,) = zendesk.store.tickets.comments(1)
    assert (comment.body, bool(comment.html_body)) == ("the text", is_kept)
