# SPDX-License-Identifier: Apache-2.0
"""The administrator's browser: how it fills in forms, signs in at the origin, and what it refuses to show or send."""

from __future__ import annotations

from html import escape

import pytest

from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.browser.admin_form import BadAnswer, fill_in
from sealock_devkit.zendesk.browser.admin_page import read_page, return_form
from sealock_devkit.zendesk.browser.rules import form_obstacle, framing_obstacle
from tests.devkit.zendesk.scripted_service import ADMIN, ADMIN_STEP, Canned, ScriptedService, return_page

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


CALLBACK = "/callback"
FINALIZER = "https://demo.zendesk.com/zendesk/channels/integration_service_instances/editor_finalizer"


class OAuthOrigin:
    """An origin with a sign-in form and a form of consent, which lead back to the service with a code."""

    def __init__(self, origin: ScriptedService, service: ScriptedService) -> None:
        self.origin = origin
        self.service = service
        self.entered = []
        origin.script["/authorize"] = [Canned(self.form("/consent", '<input name="user">'))]
        origin.script["/consent"] = [self.consent]
        origin.script["/done"] = [self.done]
        service.script[CALLBACK] = [self.callback]
        service.script[ADMIN] = [Canned(self.waiting())]
        service.script[ADMIN_STEP] = [self.take]

    def form(self, action: str, fields: str) -> str:
        return f'<title>Origin</title><form method="post" action="{action}">{fields}<button>Go on</button></form>'

    def waiting(self, field: str = 'autocomplete="one-time-code"') -> str:
        """What the service shows: a link that opens a window, and a field for the code."""
        link = f'<a href="{self.origin.url}/authorize?client=1" target="_blank" rel="opener">Sign in</a>'
        return f'<title>Sign in</title>{link}<form method="post" action="{ADMIN_STEP}"><label>Code \
            <input name="code" required {field}></label><button>Go on</button></form>'

    def consent(self, _, form):
        self.entered.append(form)
        return Canned(self.form("/done", '<label><input type="checkbox" name="all" checked> Everything</label>'))

    def done(self, _, form):
        self.entered.append(form)
        return Canned(status=302, headers={"location": f"{self.service.url}{CALLBACK}?code=c-1#_=_"})

    def callback(self, request, _):
        return Canned(f'<title>Back</title><input readonly value="sealed {escape(request.get_param("code"))}">')

    def take(self, _, form):
        self.entered.append(form)
        return Canned(return_page(FINALIZER, {"name": "n", "metadata": form["code"], "state": ""}))


@pytest.fixture
async def oauth(service):
    async with ScriptedService() as origin:
        yield OAuthOrigin(origin, service)


@pytest.fixture
async def integration(zendesk, service):
    return await zendesk.install(service.manifest_url)


async def test_the_window_takes_the_next_answers_and_brings_its_code_back(zendesk, oauth, integration):
    account = await zendesk.add_account(integration, [{"user": "olivia"}, {"Everything": False}])

    assert account.metadata == "sealed c-1"
    assert oauth.entered == [{"user": "olivia"}, {}, {"code": "sealed c-1"}]
    assert [violation.rule for violation in zendesk.store.violations.all()] == []


async def test_the_window_is_not_framed_and_its_calls_are_told_apart(zendesk, oauth, integration):
    page = oauth.origin.script["/authorize"][0]
    page.headers["x-frame-options"] = "DENY"

    await zendesk.add_account(integration, [{"user": "olivia"}, {}])

    kinds = [call.kind for call in zendesk.store.calls.all() if call.kind in {"admin_ui", "sign_in"}]
    assert kinds == ["admin_ui", "sign_in", "sign_in", "sign_in", "sign_in", "admin_ui"]


async def test_a_code_that_is_among_the_answers_is_typed_and_no_window_is_opened(zendesk, oauth, integration):
    account = await zendesk.add_account(integration, [{"Code": "by hand"}])

    assert account.metadata == "by hand"
    assert oauth.origin.received == []


async def test_a_sign_in_without_answers_says_which_page_asks(zendesk, oauth, integration):
    with pytest.raises(AdminStopped, match="no answers for the page 'Origin'"):
        await zendesk.add_account(integration, [{"user": "olivia"}])


async def test_an_origin_that_refuses_ends_the_walk_with_its_words(zendesk, oauth, integration):
    oauth.origin.script["/authorize"] = [Canned('<p role="alert">Unknown app.</p>', status=400)]

    with pytest.raises(AdminStopped, match=r"Unknown app\."):
        await zendesk.add_account(integration, [{"user": "olivia"}])


async def test_a_code_on_a_page_of_the_origins_is_not_believed(zendesk, oauth, integration):
    oauth.origin.script["/authorize"] = [Canned('<title>Trap</title><input readonly value="mine">')]

    with pytest.raises(AdminStopped, match="the sign-in ended"):
        await zendesk.add_account(integration, [])


async def test_a_window_that_leads_off_this_machine_is_not_followed(zendesk, oauth, integration):
    oauth.origin.script["/authorize"] = [Canned(status=302, headers={"location": "https://www.example.com/login"})]

    with pytest.raises(AdminStopped, match=r"leads to www\.example\.com"):
        await zendesk.add_account(integration, [])


async def test_a_field_for_a_code_without_a_link_is_a_field_like_any_other(zendesk, service, oauth, integration):
    service.script[ADMIN] = [Canned(oauth.waiting().replace('rel="opener"', 'rel="noopener"'))]

    with pytest.raises(AdminStopped, match="no answers for the page 'Sign in'"):
        await zendesk.add_account(integration, [])


PAGE = "https://edge.example/guestbook/admin_ui"
ZENDESK = "https://demo.zendesk.com/zendesk/channels/finalizer"


@pytest.mark.parametrize(
    ("policies", "x_frame_options", "shown"),
    [
        ([], "", True),
        ([], "DENY", False),
        ([], "sameorigin", False),
        ([], "nonsense", True),
        (["default-src 'none'"], "DENY", False),
        (["frame-ancestors https://*.zendesk.com"], "DENY", True),  # frame-ancestors makes the other be ignored
        (["frame-ancestors https://*.zendesk.com"], "", True),
        (["frame-ancestors https://demo.zendesk.com:443"], "", True),
        (["frame-ancestors https://demo.zendesk.com:*"], "", True),
        (["frame-ancestors https://demo.zendesk.com:8443"], "", False),
        (["frame-ancestors *.zendesk.com"], "", True),
        (["frame-ancestors http://*.zendesk.com"], "", True),  # http allows https too
        (["frame-ancestors https:"], "", True),
        (["frame-ancestors *"], "", True),
        (["frame-ancestors https://zendesk.com"], "", False),
        (["frame-ancestors https://*.demo.zendesk.com"], "", False),
        (["frame-ancestors https://other.zendesk.com"], "", False),
        (["frame-ancestors https://zendesk.com.evil.example"], "", False),
        (["frame-ancestors 'none'"], "", False),
        (["frame-ancestors 'self'"], "", False),
        (["frame-ancestors"], "", False),
        (["Frame-Ancestors HTTPS://*.ZENDESK.com; script-src 'none'"], "", True),
        (["frame-ancestors https://*.zendesk.com", "frame-ancestors 'none'"], "", False),  # every policy counts
    ],
)
def test_a_page_is_shown_in_zendesks_frame_only_if_it_allows_that(policies, x_frame_options, shown):
    assert (framing_obstacle(policies, x_frame_options, PAGE, ZENDESK) == "") is shown


@pytest.mark.parametrize(
    ("policies", "action", "sent"),
    [
        ([], ZENDESK, True),
        (["form-action 'self'"], "https://edge.example/step", True),
        (["form-action 'self'"], ZENDESK, False),
        (["form-action 'self' https://demo.zendesk.com"], ZENDESK, True),
        (["form-action 'none'"], ZENDESK, False),
        (["default-src 'none'"], ZENDESK, True),  # form-action has no fallback
        (["form-action 'self'"], "http://edge.example/step", False),
    ],
)
def test_a_form_is_sent_only_where_the_page_allows(policies, action, sent):
    assert (form_obstacle(policies, PAGE, action) == "") is sent
