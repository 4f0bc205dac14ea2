# SPDX-License-Identifier: Apache-2.0
"""HTML of comments becomes clean HTML and plain text; plain text of replies becomes HTML that reads the same."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_origins.wordpress.html import as_comment, clean_html, plain_text, title_of

SITE = "https://blog.example.com/news"

TEXTS = [
    ("<p>One</p>\n<p>Two</p>\n", "One\n\nTwo"),
    ("<p>One<br />\nTwo</p>", "One\nTwo"),
    ("<p>a &lt;b&gt; &amp; c&#8217;s &hellip;</p>", "a <b> & c\u2019s …"),
    ("no   paragraph\n at all", "no paragraph at all"),
    ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
    ("<ol><li>one</li><li>two<ul><li>deep</li></ul></li></ol>", "1. one\n2. two\n   - deep"),
    ("<blockquote><p>they</p><p>said</p></blockquote><p>I</p>", "> they\n>\n> said\n\nI"),
    ("<pre><code>if x:\n    y()\n</code></pre>", "if x:\n    y()"),
    ('See <a href="https://a.example/x">this</a>.', "See this (https://a.example/x)."),
    ('<a href="https://a.example/">https://a.example/</a>', "https://a.example/"),
    ('<a href="https://a.example">a.example</a>', "a.example"),
    ('<a href="mailto:a@b.example">write</a>', "write (a@b.example)"),
    ('<a href="/hours">hours</a>', "hours (https://blog.example.com/hours)"),
    ('<a href="javascript:alert(1)">click</a>', "click"),
    ('<img src="https://a.example/p.png" alt="a duck">', "[a duck: https://a.example/p.png]"),
    ('<img src="http://a.example/p.png" alt="a duck">', "a duck"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc"),
    ("<script>alert(1)</script><style>p{}</style>text", "text"),
    ("<p>un<b>clo<i>sed", "unclosed"),
    ("", ""),
    ("<p></p><p> </p>", ""),
    ("a\x00b\x08c", "abc"),
]

HARMFUL = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa\nScript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    "<svg><script>alert(1)</script></svg>",
    '<p style="position:fixed">x</p>',
    '<form action="https://evil.example"><input name=password></form>',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<a href="https://[bad">x</a>',
]


@pytest.mark.parametrize(("rendered", "text"), TEXTS)
def test_html_reads_as_plain_text(rendered, text):
    assert plain_text(clean_html(rendered, site=SITE)) == text


@pytest.mark.parametrize("rendered", HARMFUL)
def test_what_could_harm_an_agent_is_taken_out(rendered):
    cleaned = clean_html(rendered, site=SITE).lower()
    for harmful in ("<script", "onerror=", "javascript:", "data:", "<iframe", "<svg", "style=", "<form", "<input"):
        assert harmful not in cleaned.replace("&lt;", "")


def test_pictures_are_shown_over_https_only_and_relative_addresses_are_the_sites():
    cleaned = clean_html('<img src="/a.png"><img src="http://a.example/b.png"><a href="c">c</a>', site=SITE)
    assert 'src="https://blog.example.com/a.png"' in cleaned
    assert "b.png" not in cleaned
    assert 'href="https://blog.example.com/news/c"' in cleaned


@given(st.text(alphabet=st.sampled_from("<>/=\"' abpliquote\n&;#x0!-"), max_size=200))
def test_any_html_becomes_text_without_failing(rendered):
    text = plain_text(clean_html(rendered, site=SITE))
    assert not text.startswith("\n")


@pytest.mark.parametrize(
    "rendered",
    ["<b>" * 20_000, "<blockquote>x<br>" * 4_000, "<ul><li>x" * 6_000, "<table><tr><td>" * 4_000, "<pre>x\n" * 8_000],
)
def test_however_deeply_html_is_nested_its_text_is_soon_there_and_not_much_longer(rendered):
    began = time.process_time()
    text = plain_text(clean_html(rendered, site=SITE))
    assert time.process_time() - began < 10
    assert len(text) < 10 * len(rendered)


@given(st.text(max_size=300))
def test_a_reply_reads_as_it_was_written(message):
    posted = as_comment(message)
    assert "<" not in posted
    expected = message.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in expected if each in "\t\n" or (each >= " " and each != "\x7f"))
    assert html.unescape(posted) == kept.strip()


def test_a_title_is_one_line_of_text():
    assert title_of("Opening&nbsp;hours <em>&amp; more</em>\n") == "Opening hours & more"
