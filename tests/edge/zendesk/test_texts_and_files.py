# SPDX-License-Identifier: Apache-2.0
"""A resource's text and files as Zendesk takes them: cut, cleaned, named in URLs; and which URLs it takes."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sealock_edge.pages import translations
from sealock_edge.zendesk import Mended, ResourceLinks, answer_resource, limits
from sealock_edge.zendesk.files import name_in_url
from sealock_edge.zendesk.values import https_url
from tests.edge.zendesk.conftest import resource
from tests.zendesk_schemas import SchemaViolation, requires_schemas, valid

pytestmark = requires_schemas
PLAIN = ResourceLinks()
WITH_LINKS = ResourceLinks(clickthrough=True)


def message_and_mended(links=PLAIN, **changes):
    body, mended = answer_resource(resource(**changes), links)
    valid("external_resource", body)
    return body["message"], mended


def file(number: int, **changes) -> dict:
    return {"name": f"{number}.png", "url": f"https://cdn.example/{number}.png"} | changes


def test_the_longest_text_stays_as_it_is():
    assert message_and_mended(message="😀" * 65_535) == ("😀" * 65_535, ())


@pytest.mark.parametrize(
    ("links", "note"),
    [
        (PLAIN, "…\n\n[This text was cut: it is longer than Zendesk takes.]"),
        (WITH_LINKS, "…\n\n[This text was cut: it is longer than Zendesk takes. Its link leads to all of it.]"),
    ],
)
def test_a_longer_text_is_cut_at_a_word_and_says_so(links, note):
    message, mended = message_and_mended(links, message="seven ways " * 6000)
    assert mended == (Mended.TEXT_CUT,)
    assert message.endswith(note)
    assert 65_300 < len(message) <= 65_535
    assert message.removesuffix(note).endswith((" seven", " ways"))


def test_a_text_without_words_is_cut_anywhere():
    message, mended = message_and_mended(message="x" * 65_536)
    assert mended == (Mended.TEXT_CUT,)
    assert len(message) == 65_535


@pytest.mark.parametrize(
    ("given", "text"),
    [("a\x00b\x1bc\x7f", "abc"), ("tab\tand\r\nlines", "tab\tand\r\nlines"), ("ünï\x0bcode😀", "ünïcode😀")],
)
def test_control_characters_are_taken_out_and_lines_stay(given, text):
    assert message_and_mended(message=given) == (text, (Mended.TEXT_CLEANED,) if given != text else ())


NO_TEXT = {
    "nothing": ({}, "(no text)"),
    "a file": ({"files": [file(1)]}, "(a file)"),
    "files": ({"files": [file(1), file(2)]}, "(2 files)"),
}


@pytest.mark.parametrize(("changes", "text"), NO_TEXT.values(), ids=NO_TEXT)
@pytest.mark.parametrize("message", ["", " ", "\n\t", "\u00a0"])
def test_a_text_that_is_missing_is_said_to_be(message, changes, text):
    assert message_and_mended(message=message, **changes) == (text, (Mended.TEXT_FILLED_IN,))


def test_a_text_of_control_characters_only_is_missing():
    mended = (Mended.TEXT_CLEANED, Mended.TEXT_FILLED_IN)
    assert message_and_mended(message="\x00\x01") == ("(no text)", mended)


def test_the_eleventh_file_is_linked_in_the_text_and_in_the_html():
    given = resource(html_message="<p>Look</p>", files=[file(n) for n in range(12)])
    body, mended = answer_resource(given, PLAIN)
    valid("external_resource", body)
    assert body["file_urls"] == [f"https://cdn.example/{n}.png" for n in range(10)]
    assert body["message"].endswith(
        "open?\n\nMore files:\n10.png: https://cdn.example/10.png\n11.png: https://cdn.example/11.png"
    )
    assert '<li><a href="https://cdn.example/11.png">11.png</a></li>' in body["html_message"]
    assert mended == (Mended.FILE_LINKED,)


UNFIT = {
    "without a source": {"url": ""},
    "not at https": {"url": "http://cdn.example/x"},
    "at a script": {"url": "javascript:alert(1)"},
    "at an address too long": {"url": "https://cdn.example/" + "x" * 500},
    "at a broken host": {"url": "https://"},
}


@pytest.mark.parametrize("changes", UNFIT.values(), ids=UNFIT)
def test_a_file_that_zendesk_cannot_fetch_is_named(changes):
    message, mended = message_and_mended(WITH_LINKS, files=[file(1, **changes), file(2)])
    assert message.endswith("\n\nFiles that stayed at the origin, where the link of this message leads:\n1.png")
    assert mended == (Mended.FILE_NAMED,)


def test_a_file_that_only_the_connector_can_open_gets_a_link_of_the_edge():
    asked = []

    def file_link(of, reference):
        asked.append((of.external_id, reference.reference))
        return "https://channels.example/files/sealed/1.png"

    given = resource(files=[{"name": "1.png", "reference": "media:1"}])
    body, mended = answer_resource(given, ResourceLinks(file_link=file_link))
    assert body["file_urls"] == ["https://channels.example/files/sealed/1.png"]
    assert mended == ()
    assert asked == [("site:1", "media:1")]


def test_without_links_of_the_edge_such_a_file_is_named():
    message, mended = message_and_mended(files=[{"name": "1.png", "reference": "media:1"}])
    assert message.endswith("\n\nFiles that stayed at the origin:\n1.png")
    assert mended == (Mended.FILE_NAMED,)


def test_a_file_whose_reference_is_longer_than_the_contract_allows_is_named():
    def file_link(_of, reference):
        return f"https://channels.example/files/sealed/{len(reference.reference)}"

    given = resource(files=[{"name": f"{n}.png", "reference": "x" * n} for n in (200, 201)])
    body, mended = answer_resource(given, ResourceLinks(file_link=file_link))
    assert body["file_urls"] == ["https://channels.example/files/sealed/200"]
    assert body["message"].endswith("\n\nFiles that stayed at the origin:\n201.png")
    assert mended == (Mended.FILE_NAMED,)


def test_names_of_files_cannot_break_out_of_their_line_or_html():
    name = "a\n<img src=x onerror=alert(1)>\x00"
    files = [file(n) for n in range(10)] + [file(10, name=name), {"name": name}]
    body, _ = answer_resource(resource(html_message="<p>x</p>", files=files), PLAIN)
    assert "\na <img src=x onerror=alert(1)>: https://cdn.example/10.png\n" in body["message"]
    assert body["message"].endswith("\na <img src=x onerror=alert(1)>")
    assert "<img" not in body["html_message"]
    assert body["html_message"].count("a &lt;img src=x onerror=alert(1)&gt;<") == 2


def test_links_of_files_are_kept_when_the_text_is_cut():
    message, mended = message_and_mended(message="x y " * 20_000, files=[file(n) for n in range(11)])
    assert message.endswith(
        "[This text was cut: it is longer than Zendesk takes.]\n\nMore files:\n10.png: " + file(10)["url"]
    )
    assert set(mended) == {Mended.TEXT_CUT, Mended.FILE_LINKED}


def test_a_hundred_files_leave_room_for_the_text():
    files = [file(n, url=f"https://cdn.example/{n}/" + "x" * 480) for n in range(100)]
    message, _ = message_and_mended(message="The text.", files=files)
    assert message.startswith("The text.\n\nMore files:\n")
    assert message.endswith(" more)")
    assert len(message) < 17_000


HTML = {
    "html too long": ("<p>" + "x" * 65_530 + "</p>", None, (Mended.HTML_LEFT_OUT,)),
    "blank html": (" \n", None, (Mended.HTML_LEFT_OUT,)),
    "html with control characters": ("<p>\x00x</p>", "<p>x</p>", (Mended.TEXT_CLEANED,)),
    "the longest html": ("x" * 65_535, "x" * 65_535, ()),
}


@pytest.mark.parametrize(("given", "html", "mended"), HTML.values(), ids=HTML)
def test_html_is_answered_or_left_out(given, html, mended):
    answer = answer_resource(resource(html_message=given), PLAIN)
    assert answer.body.get("html_message") == html
    assert answer.mended == mended


NAMES = {
    "plain": ("pier.png", "pier.png"),
    "with Unicode": ("Grüße „vom“ Pier 🛶.png", "Grüße „vom“ Pier 🛶.png"),
    "a path": ("../a/b\\c.png", "_a_b_c.png"),
    "of control characters": ("a\x00\n\x1bb.png", "a b.png"),
    "of several lines and spaces": ("  a \u2028 b\t.png ", "a b .png"),
    "of dots": ("..", "file"),
    "hidden": (".htaccess", "htaccess"),
    "nothing": ("", "file"),
    "what ends a URL": ("a?b#c%2e;d.png", "a?b#c%2e;d.png"),
    "a name as long as allowed": ("x" * 123 + ".png", "x" * 123 + ".png"),
    "a longer one": ("x" * 124 + ".png", "x" * 123 + ".png"),
    "a longer one without an ending": ("x" * 200, "x" * 127),
    "a longer one with a point far from its end": ("a." + "x" * 200, "a." + "x" * 125),
}


@pytest.mark.parametrize(("given_name", "shown"), NAMES.values(), ids=NAMES)
def test_a_name_is_one_segment_of_a_path(given_name, shown):
    plain, written = name_in_url(given_name, 2000)
    assert plain == shown
    assert unquote(written) == plain


SHORTENED = [
    ("pier.png", 8, "pier.png"),
    ("pier.png", 7, "pie.png"),
    ("pier.png", 5, "p.png"),
    ("pier.png", 4, ""),
    ("ääää.png", 16, "ää.png"),
    ("a b c.png", 9, "a b.png"),
    ("a b c.png", 8, "a.png"),
    ("a...png", 6, "a.png"),
    ("noending", 3, "noe"),
    ("x", 0, ""),
    ("x", -40, ""),
]


@pytest.mark.parametrize(("given_name", "room", "shown"), SHORTENED)
def test_a_name_without_enough_room_loses_its_middle_and_keeps_its_ending(given_name, room, shown):
    plain, written = name_in_url(given_name, room)
    assert plain == shown
    assert len(written) <= max(room, 0)


@given(name=st.text(max_size=300), room=st.integers(-10, 600))
@example(name="/", room=100)
@example(name="a.\u00a0", room=3)
def test_any_name_fits_or_there_is_none(name, room):
    plain, written = name_in_url(name, room)
    assert unquote(written, errors="strict") == plain
    assert len(written) <= max(room, 0)
    assert len(plain) <= limits.FILE_NAME_CHARS
    assert bool(plain) or room < 12 * 17 + 12
    assert written.isascii()
    assert not set("/\\?#") & set(written)
    assert plain == plain.strip(" ")
    assert not plain.startswith(".")


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
@example("https://[0]")
@given(url=st.text(max_size=60) | st.text("htps:/a.?#[]@%0 \\", max_size=40).map("https://".__add__))
def test_zendesk_takes_every_url_that_is_taken(url):
    spelled = https_url(url, 511)
    if spelled:
        valid("manifest", {"name": "n", "id": "i", "urls": {"admin_ui": spelled}})


@requires_schemas
def test_the_oracle_refuses_urls_that_are_not():
    with pytest.raises(SchemaViolation):
        valid("manifest", {"name": "n", "id": "i", "urls": {"admin_ui": "https:///x"}})


GERMAN = {
    "nothing": ({"message": ""}, "(kein Text)"),
    "files": ({"message": "", "files": [file(1), file(2)]}, "(2 Dateien)"),
    "too long": ({"message": "seven ways " * 6000}, "[Dieser Text wurde gekürzt: Er ist länger, als Zendesk annimmt.]"),
}


@pytest.mark.parametrize(("changes", "said"), GERMAN.values(), ids=GERMAN)
def test_what_is_said_of_texts_and_files_is_in_the_account_s_language(changes, said):
    in_german = ResourceLinks(words=translations("de").gettext)
    assert message_and_mended(in_german, **changes)[0].endswith(said)
