# SPDX-License-Identifier: Apache-2.0
"""Strangers' HTML becomes clean HTML and plain text; a text becomes HTML that reads the same."""

from __future__ import annotations

import html
import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from sealock_connector._markup.cleaning import _ATTRIBUTES as ATTRIBUTES
from sealock_connector._markup.cleaning import TAGS
from sealock_connector.markup import MOST_CHARS, as_html, clean_html, linked, one_line, plain_text

FRAGMENTS = [
    *("w1", "w2 ", "w3\n", "<p>", "</p>", "<b>", "</b>", "<a href=/x>", "</a>", "<i>", "</i>", "<span>", "</span>"),
    *("<div>", "</div>", "<ul>", "</ul>", "<li>", "</li>", "<table>", "</table>", "<tr>", "<td>", "</td>", "</tr>"),
    *("<blockquote>", "</blockquote>", "<br>", "<h1>", "</h2>", "<!-- x -->", "<nobody>", "<dl>", "<dt>", "<dd>"),
    *(
        "<caption>",
        "<tbody>",
        "<pre>",
        "</pre>",
        "<section>",
        "</section>",
        "&amp;",
        "<hr>",
        "<textarea>",
        "</textarea>",
    ),
]
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
async def test_html_reads_as_plain_text(rendered, text):
    assert await plain_text(await clean_html(rendered, site=SITE)) == text


@pytest.mark.parametrize("rendered", HARMFUL)
async def test_what_could_harm_an_agent_is_taken_out(rendered):
    cleaned = (await clean_html(rendered, site=SITE)).lower()
    for harmful in ("<script", "onerror=", "javascript:", "data:", "<iframe", "<svg", "style=", "<form", "<input"):
        assert harmful not in cleaned.replace("&lt;", "")


async def test_pictures_are_shown_over_https_only_and_relative_addresses_are_the_sites():
    cleaned = await clean_html('<img src="/a.png"><img src="http://a.example/b.png"><a href="c">c</a>', site=SITE)
    assert 'src="https://blog.example.com/a.png"' in cleaned
    assert "b.png" not in cleaned
    assert 'href="https://blog.example.com/news/c"' in cleaned
    assert await clean_html('<a href="c">c</a>') == '<a rel="noopener noreferrer nofollow">c</a>'


PROPER = [
    '<p>One <a href="https://a.example/?x=1&amp;copy=2" title="&quot;q">two</a></p>\n<ul><li>a</li><li>b</li></ul>',
    "<blockquote><p>they <b>said <i>so</i></b></p></blockquote><pre>a\n  b</pre>",
    "<table><thead><tr><th>a</th></tr></thead></table>",
    "<table><tbody><tr><td>b<table><tbody><tr><td>c</td></tr></tbody></table></td></tr></tbody></table>",
    "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd><p>d</p></dd></dl><h1>e</h1><div><div>f<br>g</div></div><hr>",
    "<ol><li><p>a</p><ul><li>b</li></ul></li></ol>caf\xe9 1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;",
    '<b><p>a</p></b><a href="https://a.example/"><div>b</div></a><img src="https://a.example/p.png" alt="a &lt; b">',
]


@pytest.mark.parametrize("markup", PROPER)
async def test_proper_html_is_what_nh3_alone_makes_of_it(markup):
    alone = nh3.clean(markup, tags=set(TAGS), attributes=ATTRIBUTES, link_rel="noopener noreferrer nofollow")
    assert await clean_html(markup, site=SITE) == alone


BROKEN = [
    ("<p>a<p>b", "a\n\nb"),
    ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "- a\n- b\n  - c\n- d"),
    ("<dl><dt>a<dd>b<dt>c</dl>", "a\nb\nc"),
    ("<table>before<tr><td>a<td>b<tr><td>c</table>after", "before\n\na | b\nc\n\nafter"),
    ("<table><tr><td><table><tr><td>a</table>b<td>c</table>", "a\n\nb | c"),
    ("<table><caption>all<tr><td>a</table>", "all\n\na"),
    ("<p>a<table><tr><td>b</table>c", "a\n\nb\n\nc"),
    ("a</p></div></table></b>b", "ab"),
    ("<div>a</span>b</div>", "ab"),
    ("<span><div>a</span>b</div>", "ab"),
    ("<b>a<p>b</b>c</p>d", "a\n\nb\n\nc\n\nd".replace("c\n\nd", "cd")),
    ("<h1>a<h2>b</h1>c", "a\n\nb\n\nc"),
    (
        '<a href="https://a.example/1">a<a href="https://a.example/2">b',
        "a (https://a.example/1)b (https://a.example/2)",
    ),
    ("<textarea><b>a</textarea><title>b</title><xmp><i></xmp>", "<b>ab<i>"),
    ("a<plaintext><b>c", "a<b>c"),
    ("a<!-- b --!>c<!-->d<!--->e<![CDATA[f]]>g<!x>h<?i>j</>k</ l>m<!-- n", "acdeghjkm"),
    ("a < b <3 </ <", "a < b <3"),
    ("&amp &copy;&#65&#x42;&notit;&#0000000000067;&#99999999999999999999;&nope;", "& \xa9AB\xacit;C\ufffd&nope;"),
    ("<SCRIPT>a</script >b<Style>c</STYLE x>d", "bd"),
    ("<svg><title>a</title><g>b</g></svg><math><mi>c</mi></math>", "abc"),
    ("<select><option>a<option>b</select><template>c</template>", "abc"),
    ("<image src=https://a.example/p alt=a>", "[a: https://a.example/p]"),
    ("a</br>b", "a\nb"),
    ("<article><p>a</article>b", "a\n\nb"),
    ("<a href='https://a.example/?a=1&copy=2&amp;b' href=x>c</a>", "c (https://a.example/?a=1&copy=2&b)"),
    ("a<b", "a"),
    ("a\ud800b\ud83d\ude00", "a\ufffdb\U0001f600"),
    ("&#xfdd0;\ufdd1a", "a"),
]


@pytest.mark.parametrize(("markup", "text"), BROKEN)
async def test_broken_html_reads_as_a_browser_shows_it(markup, text):
    assert await plain_text(await clean_html(markup, site=SITE)) == text
    assert (await plain_text(markup)).replace("\ufdd1", "").replace("\ufdd0", "") == text


words = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)


@given(words)
async def test_no_word_is_lost_and_none_is_moved_but_out_of_tables(markup):
    read = re.findall(r"w\d", await plain_text(markup))
    parsed = re.findall(r"w\d", LexborHTMLParser(markup).text(deep=True))
    assert sorted(read) == sorted(parsed)
    assert read == parsed or "table" in markup


@given(words)
async def test_what_was_cleaned_stays_as_it_is(markup):
    cleaned = await clean_html(markup, site=SITE)
    assert await clean_html(cleaned, site=SITE) == cleaned


@given(st.text(alphabet=st.sampled_from("<>/=\"' abpliquote\n&;#x0!-"), max_size=200))
async def test_any_html_becomes_text_without_failing(rendered):
    text = await plain_text(await clean_html(rendered, site=SITE))
    assert not text.startswith("\n")


async def test_what_is_behind_the_most_that_is_read_is_left_out():
    assert len(await plain_text("x" * (MOST_CHARS + 10))) == MOST_CHARS


@given(st.text(max_size=300))
def test_a_text_reads_as_it_was_written(message):
    written = as_html(message)
    assert "<" not in written
    expected = message.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in expected if each in "\t\n" or (each >= " " and each != "\x7f"))
    assert html.unescape(written) == kept.strip()


def test_a_title_is_one_line_of_text_of_no_more_than_so_many_characters():
    assert one_line("Opening&nbsp;hours <em>&amp; more</em>\n", 100) == "Opening hours & more"
    assert one_line("<b>" * 10_000_000, 100) == ""
    assert one_line("ab c", 3) == "ab"
    assert one_line("&#" + "9" * 5_000 + ";\ud800", 2) == "\ufffd"


async def test_a_page_names_its_links():
    page = '<head><link rel="x https://api.w.org/" href="/a?b=1&amp;c"><link rel=y href=d><a rel=x href=e>'
    assert await linked(page, "https://api.w.org/") == ["/a?b=1&c"]
