# SPDX-License-Identifier: Apache-2.0
"""Reading and filling in forms as a browser does."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.browser.admin_form import BadAnswer, fill_in
from sealock_devkit.zendesk.browser.admin_page import read_page, return_form

URL = "https://s.example/deep/admin"


def form(inside: str, attributes: str = 'method="post" action="step"'):
    (found,) = read_page(f"<form {attributes}>{inside}</form>", URL, 200).forms
    return found


@pytest.mark.parametrize(
    ("inside", "answers", "sent"),
    [
        ('<input name="a">', {}, [("a", "")]),
        ('<input name="a" value="old">', {"a": "new"}, [("a", "new")]),
        ('<input name="a" type="hidden" value="&lt;k&gt;">', {}, [("a", "<k>")]),
        ('<input name="a" disabled value="x"><input value="nameless">', {}, []),
        ('<label for="i">Site URL *</label><input id="i" name="a">', {"site url": "u"}, [("a", "u")]),
        ("<label>Token (required) <input name='a'></label>", {"Token": "t"}, [("a", "t")]),
        ('<input name="a" placeholder="Your name">', {"Your name": "n"}, [("a", "n")]),
        ('<input name="a" aria-label="Mail">', {"mail": "m"}, [("a", "m")]),
        ('<input type="checkbox" name="a">', {}, []),
        ('<input type="checkbox" name="a">', {"a": True}, [("a", "on")]),
        ('<input type="checkbox" name="a" value="1" checked>', {}, [("a", "1")]),
        ('<input type="checkbox" name="a" value="1" checked>', {"a": False}, []),
        ('<input type="radio" name="a" value="1" checked><input type="radio" name="a" value="2">', {}, [("a", "1")]),
        ('<input type="radio" name="a" value="1"><input type="radio" name="a" value="2">', {"a": "2"}, [("a", "2")]),
        ('<select name="a"><option value="1">One<option value="2" selected>Two</select>', {}, [("a", "2")]),
        ('<select name="a"><option value="1">One<option>Two</select>', {}, [("a", "1")]),
        ('<select name="a"><option value="1">One<option>Two</select>', {"a": "two"}, [("a", "Two")]),
        ("<textarea name='a'>\nfirst\nsecond</textarea>", {}, [("a", "first\nsecond")]),
        ('<button name="b" value="1">Go</button><button name="b" value="2">Skip</button>', {}, [("b", "1")]),
        (
            '<button name="b" value="1">Go</button><button name="b" value="2">Skip</button>',
            {"submit": "Skip"},
            [("b", "2")],
        ),
        ('<button type="button" name="b">No</button><input type="submit" name="c" value="Yes">', {}, [("c", "Yes")]),
        ('<input type="file" name="f">', {}, []),
    ],
)
def test_a_form_sends_what_a_browser_would(inside, answers, sent):
    assert list(fill_in(form(inside), answers).pairs) == sent


@pytest.mark.parametrize(
    ("inside", "answers", "missing"),
    [
        ('<label for="i">Site</label><input id="i" name="a" required>', {}, ("Site",)),
        ('<input name="a" required>', {"a": "x"}, ()),
        ('<input type="checkbox" name="a" required>', {}, ("a",)),
        ('<input type="radio" name="a" value="1" required><input type="radio" name="a" value="2">', {}, ("a",)),
        ('<input type="radio" name="a" value="1" required><input type="radio" name="a" value="2">', {"a": "2"}, ()),
        ('<input name="a" required><button formnovalidate>Skip</button>', {}, ()),
    ],
)
def test_a_required_field_must_be_filled_in(inside, answers, missing):
    assert fill_in(form(inside), answers).missing == missing


def test_a_form_without_validation_is_sent_as_it_is():
    assert fill_in(form('<input name="a" required>', "novalidate"), {}).missing == ()


def test_where_a_form_goes_depends_on_the_page_the_base_and_the_button():
    assert (form("").action, form("").method) == ("https://s.example/deep/step", "post")
    assert (form("", "").action, form("", "").method) == (URL, "get")
    based = read_page('<base href="/other/"><form method="POST" action="x"></form>', URL, 200)
    assert based.forms[0].action == "https://s.example/other/x"
    button = '<button formaction="/elsewhere" formmethod="get">Go</button>'
    assert (fill_in(form(button), {}).action, fill_in(form(button), {}).method) == (
        "https://s.example/elsewhere",
        "get",
    )


def test_fields_outside_that_belong_to_the_form_are_part_of_it():
    page = read_page('<form id="f"></form><input form="f" name="a" value="1">', URL, 200)
    assert fill_in(page.forms[0], {}).pairs == (("a", "1"),)


def test_what_is_typed_into_password_fields_is_a_secret():
    filled = fill_in(form('<input type="password" name="p"><input name="u"><input type="hidden" name="h" value="c">'),
                     {"p": "canary", "u": "ann"})  # fmt: skip
    assert filled.typed_secrets == {"canary"}
    assert filled.secret_names == {"p", "h"}
    assert "canary" not in repr(filled)


def test_an_answer_that_fits_nothing_is_refused_without_repeating_it():
    with pytest.raises(BadAnswer, match="a has no such choice") as refused:
        fill_in(form('<select name="a"><option>One</select>'), {"a": "canary"})
    assert "canary" not in str(refused.value)
    with pytest.raises(BadAnswer, match="no button"):
        fill_in(form("<button>Go</button>"), {"submit": "canary"})


def test_a_pages_words_and_problems_are_what_people_read():
    page = read_page(
        "<title>Set  up</title><style>p{}</style><script>x()</script><p>Hello</p>"
        '<div role="alert">Wrong <b>password</b></div><p class="error">Wrong password</p><p class="error"></p>',
        URL,
        422,
    )
    assert (page.title, page.status) == ("Set up", 422)
    assert page.text == "Hello Wrong password Wrong password"
    assert page.problems == ("Wrong password",)


def test_the_last_form_is_the_one_that_posts_to_return_url():
    final = "https://demo.zendesk.com/finalizer?a=1&b=2"
    escaped = final.replace("&", "&amp;")
    page = read_page(f'<form action="/x"></form><form method="post" action="{escaped}"></form>', URL, 200)
    assert return_form(page, final) is page.forms[1]
    assert return_form(page, "https://demo.zendesk.com/finalizer") is None
    assert return_form(read_page(f'<form action="{escaped}"></form>', URL, 200), final) is None, "it must be posted"
