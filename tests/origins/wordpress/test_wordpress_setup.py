# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: tried live, with a sentence beside the field that is wrong."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from sealock_connector import Cause, Done, Form, InvalidRequest, OriginUnavailable
from sealock_connector.testing import running
from sealock_origins.wordpress import sentences
from sealock_origins.wordpress.connector import WordPress as Connector
from tests.origins.wordpress.fake_site import (
    COMMENTS,
    HTML,
    INDEX,
    ME,
    WRITES,
    WRITING,
    Answer,
    FakeSite,
    index,
    listing,
    me,
    refusal,
)
from tests.serving import not_http

WRONG = "canaryWRONG0000000000000"
REST_OFF = (
    "The site refuses its REST API. A plug-in for security or members may have switched it off: in its settings, allow "
    "the REST API to this user."
)
ANSWERS = {"user": "agent", "password": "canary-password", "start": "everything", "moderation": "approved"}


@pytest.fixture
async def fake():
    """A fake site that can be set up."""
    async with FakeSite() as site:
        site.answers = {INDEX: index(site), ME: me(), COMMENTS: listing([]), WRITING: WRITES}
        yield site


def problem(outcome):
    """The only problem of a form."""
    assert isinstance(outcome, Form)
    [only] = outcome.problems
    return only.field, only.message


async def test_the_form_asks_for_the_site_a_user_and_an_application_password(connector):
    form = await connector.setup()
    assert [field.name for field in form.fields] == ["site", "user", "password", "start", "moderation"]
    assert form.problems == ()
    assert all(field.required for field in form.fields)


@pytest.mark.wordpress
async def test_an_account_is_set_up_at_a_real_site(site, connector):
    agent = site.users["agent"]
    spaced = " ".join(agent.password[start : start + 4] for start in range(0, 24, 4))
    done = await connector.setup("site", {**ANSWERS, "site": f"{site.url}/wp-admin/", "password": spaced})
    assert isinstance(done, Done)
    assert done.account["site"] == site.url
    assert done.account["user_id"] == agent.id
    assert done.account_name == f"{site.name.title()} ({site.url.removeprefix('http://')})"
    assert ("rest_route" in done.account["root"]) == (site.name == "plain")


@pytest.mark.wordpress
async def test_a_wrong_password_is_told_beside_the_password(site, connector):
    outcome = await connector.setup("site", {**ANSWERS, "site": site.url, "password": WRONG})
    assert problem(outcome) == ("password", sentences.WRONG_PASSWORD)
    assert WRONG not in repr(outcome)


@pytest.mark.wordpress
async def test_a_user_that_does_not_exist_is_told_beside_the_password(site, connector):
    outcome = await connector.setup("site", {**ANSWERS, "site": site.url, "user": "nobody", "password": WRONG})
    assert problem(outcome) == ("password", sentences.WRONG_PASSWORD)


@pytest.mark.wordpress
async def test_a_user_who_may_not_moderate_is_named(site, connector):
    answers = {**ANSWERS, "site": site.url, "user": "reader", "password": site.users["reader"].password}
    field, sentence = problem(await connector.setup("site", answers))
    assert field == "user"
    assert sentence.startswith("reader may not moderate comments.")


@pytest.mark.wordpress
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_rest_api_that_is_switched_off_is_told(site, connector, status):
    await site.set_options({"sealock_rest_refused": status})
    outcome = await connector.setup("site", {**ANSWERS, "site": site.url})
    field, sentence = problem(outcome)
    assert field == "site"
    assert sentence.startswith(REST_OFF)
    assert sentence.endswith("The site says: The REST API is switched off.")


@pytest.mark.wordpress
async def test_a_site_in_a_folder_behind_a_redirect_is_found(plain, connector, fake):
    fake.otherwise = Answer("", 301, {"location": f"{plain.url}/"})
    answers = {**ANSWERS, "site": fake.url, "password": plain.users["agent"].password}
    fake.answers = {}
    done = await connector.setup("site", answers)
    assert done.account["site"] == plain.url


EMPTY = [("site", "", "site"), ("user", " ", "user"), ("password", "", "password"), ("site", "not a site", "site")]


@pytest.mark.parametrize(("name", "value", "field"), EMPTY)
async def test_an_answer_that_is_missing_or_no_address_is_told_beside_it(fake, connector, name, value, field):
    outcome = await connector.setup("site", {**ANSWERS, "site": fake.url, name: value})
    assert problem(outcome)[0] == field


LOGIN_FIRST = refusal(401, "rest_login_required")
LOGIN_FIRST_SAID = f"{REST_OFF} The site says: Sorry — rest_login_required."
NOT_WORDPRESS = [
    ("a site of another kind", {}, sentences.ONLY_HTTPS),
    ("JSON of another kind", {INDEX: Answer({"hello": "world"})}, sentences.ONLY_HTTPS),
    ("JSON that is no object", {INDEX: Answer([])}, sentences.ONLY_HTTPS),
    (
        "a REST API for signed-in people only",
        {INDEX: refusal(401, "rest_login_required")},
        f"{REST_OFF} The site says: Sorry — rest_login_required.",
    ),
    ("a busy site", {"GET /": Answer(HTML, 429), INDEX: Answer(HTML, 429)}, sentences.BUSY),
    ("a site that breaks off", {"GET /": Answer(status=None)}, sentences.ONLY_HTTPS),
    (
        "a redirect without an end",
        {"GET /": Answer("", 302, {"location": "/"})},
        sentences.sentence_of(OriginUnavailable(cause=Cause.REDIRECT_LOOP)),
    ),
    ("a redirect to nowhere", {"GET /": Answer("", 302, {"location": "http://:/"})}, sentences.ONLY_HTTPS),
]


@pytest.mark.parametrize(
    ("answers", "sentence"), [case[1:] for case in NOT_WORDPRESS], ids=[case[0] for case in NOT_WORDPRESS]
)
async def test_what_is_not_wordpress_is_told_beside_the_site(fake, connector, answers, sentence):
    fake.answers = answers
    assert problem(await connector.setup("site", {**ANSWERS, "site": fake.url})) == ("site", sentence)


async def test_a_site_that_names_an_api_at_another_host_is_asked_at_its_own(fake, connector):
    async with FakeSite() as elsewhere:
        elsewhere.answers = {INDEX: index(elsewhere), ME: me(), COMMENTS: listing([]), WRITING: WRITES}
        link = {"link": f'<{elsewhere.url}/wp-json/>; rel="https://api.w.org/"'}
        fake.answers["GET /"] = Answer(f"<link rel='https://api.w.org/' href='{elsewhere.url}/wp-json/'>", headers=link)
        done = await connector.setup("site", {**ANSWERS, "site": fake.url})
    assert done.account["root"] == f"{fake.url}/wp-json/"
    assert elsewhere.asked == []


async def test_an_api_that_only_the_page_names_is_found(fake, connector):
    fake.answers["GET /"] = Answer(f"<link rel='https://api.w.org/' href='{fake.url}/api/'>")
    fake.answers["GET /api/"] = fake.answers.pop(INDEX)
    for name in (ME, COMMENTS, WRITING):
        fake.answers[name.replace("/wp-json/", "/api/")] = fake.answers.pop(name)
    done = await connector.setup("site", {**ANSWERS, "site": fake.url})
    assert done.account["root"] == f"{fake.url}/api/"


@pytest.mark.parametrize("page", ["<blockquote>" * 300_000, "<a " + "b " * 500_000, "&" * 1_000_000])
async def test_a_front_page_that_would_hold_a_parser_up_is_read_as_far_as_its_head(fake, connector, page):
    link = f"<link rel='https://api.w.org/' href='{fake.url}/api/'>"
    fake.answers["GET /api/"] = index(fake)
    for name in (ME, COMMENTS, WRITING):
        fake.answers[name.replace("/wp-json/", "/api/")] = fake.answers[name]
    for codec in ("utf-8", "punycode", "no-such-codec"):
        fake.answers["GET /"] = Answer(link + page, headers={"content-type": f"text/html; charset={codec}"})
        done = await connector.setup("site", {**ANSWERS, "site": fake.url})
        assert done.account["root"] == f"{fake.url}/api/"


async def test_a_title_without_end_is_cut(fake, connector):
    fake.answers[INDEX] = index(fake, name="<b>T" * 300_000)
    done = await connector.setup("site", {**ANSWERS, "site": fake.url})
    assert len(done.account_name) <= 255


async def test_a_site_that_calls_itself_by_another_host_is_named_as_it_was_reached(fake, connector):
    fake.answers[INDEX] = index(fake, home="https://victim.example")
    done = await connector.setup("site", {**ANSWERS, "site": fake.url})
    assert done.account["site"] == fake.url


async def test_a_site_without_application_passwords_is_told(fake, connector):
    fake.answers |= {INDEX: index(fake, passwords=False), ME: refusal(401, "rest_not_logged_in")}
    assert problem(await connector.setup("site", {**ANSWERS, "site": fake.url})) == ("site", sentences.NO_PASSWORDS)


@pytest.mark.parametrize(("scheme", "sentence"), [("https", sentences.NO_WORDPRESS), ("http", sentences.ONLY_HTTPS)])
async def test_the_form_does_not_tell_what_is_inside_our_network(fake, connector, scheme, sentence):
    """Refused by the guard, no such name, nobody there, no HTTP, no TLS, no WordPress: one sentence for all of them."""
    fake.answers = {}
    async with not_http() as port:
        hosts = ["169.254.169.254", "10.0.0.1:81", "no-such-host.example", "127.0.0.1:1", f"127.0.0.1:{port}"]
        hosts.append(urlsplit(fake.url).netloc)
        told = {
            host: problem(await connector.setup("site", {**ANSWERS, "site": f"{scheme}://{host}"})) for host in hosts
        }
    assert told == dict.fromkeys(hosts, ("site", sentence))


async def test_http_and_private_addresses_are_not_called_unless_they_are_allowed(fake):
    async with running(Connector(), allow_network=()) as strict:
        for site, sentence in (
            (fake.url, sentences.ONLY_HTTPS),
            (fake.url.replace("http", "https"), sentences.NO_WORDPRESS),
        ):
            assert problem(await strict.setup("site", {**ANSWERS, "site": site})) == ("site", sentence)
    assert fake.asked == []


async def test_an_edit_keeps_the_password_the_state_and_the_guests(fake, connector):
    first = await connector.setup("site", {**ANSWERS, "site": fake.url})
    form = await connector.setup(account=first.account, account_name="Blog")
    assert "canary-password" not in repr(form)
    [secret] = [field for field in form.fields if field.name == "password"]
    assert (secret.secret_kept, secret.required, secret.value) == (True, False, "")
    edited = {"site": fake.url, "user": "agent", "password": "", "start": "go_on", "moderation": "waiting"}
    done = await connector.setup("site", edited, account=first.account, account_name="Blog")
    assert isinstance(done, Done)
    assert done.state is None
    assert done.account_name == "Blog"
    assert dict(done.account) == {**first.account, "waiting_too": True}


async def test_an_edit_says_at_once_what_is_wrong_with_the_account(fake, connector):
    first = await connector.setup("site", {**ANSWERS, "site": fake.url})
    assert (await connector.setup(account=first.account)).problems == ()

    fake.answers[ME] = refusal(401, "incorrect_password")
    form = await connector.setup(account=first.account)
    assert problem(form)[0] == "password"
    [password] = [field for field in form.fields if field.name == "password"]
    assert (password.secret_kept, password.required) == (False, True), "one that is dead is not kept"
    assert first.account["password"] not in repr(form)

    fake.answers |= dict.fromkeys((INDEX, ME, COMMENTS), refusal(401, "rest_login_required"))
    assert problem(await connector.setup(account=first.account)) == ("site", LOGIN_FIRST_SAID)


async def test_an_edit_cannot_move_an_account_to_another_site(fake, connector):
    first = await connector.setup("site", {**ANSWERS, "site": fake.url})
    moved = {**first.account, "site": "http://127.0.0.1:2"}
    outcome = await connector.setup("site", {**ANSWERS, "site": fake.url}, account=moved)
    assert problem(outcome) == ("site", sentences.OTHER_SITE)


async def test_a_site_that_moves_to_https_keeps_its_ids(fake, connector):
    first = await connector.setup("site", {**ANSWERS, "site": fake.url})
    before = {**first.account, "site": fake.url.replace("http", "https")}
    done = await connector.setup("site", {**ANSWERS, "site": fake.url}, account=before)
    assert done.account["site"] == before["site"]
    assert done.account["root"].startswith(fake.url)


async def test_a_step_that_the_form_does_not_have_is_refused(connector):
    with pytest.raises(InvalidRequest):
        await connector.setup("another", ANSWERS)


async def test_the_connector_says_what_it_can_do(connector):
    said = await connector.describe()
    assert (said.origin, said.display_name) == ("wordpress", "WordPress")
    assert said.capabilities == {"CHANNELBACK", "CHANNELBACK_FILES", "CLICKTHROUGH"}
    assert said.clickthrough_hosts == ()


async def test_hosts_of_links_are_declared_on_the_command_line():
    options = ["--clickthrough-host=blog.example.com", "--clickthrough-host=*.example.org"]
    async with running(Connector(), *options) as configured:
        assert (await configured.describe()).clickthrough_hosts == ("blog.example.com", "*.example.org")
