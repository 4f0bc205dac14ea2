# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: tried live. External ids: what is made is read back, everything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import Done, Form, InvalidRequest, NotFound
from sealock_origins.guestbook.setup import NO_ANSWER
from sealock_origins.guestbook.site import BadSite, author_id, canonical_site, entry_id, read_entry_id
from tests.origins.guestbook.sites import TOKEN
from tests.serving import not_http


def problems(form):
    assert isinstance(form, Form)
    return {problem.field: problem.message for problem in form.problems}


async def test_the_first_step_asks_for_address_token_and_beginning(connector):
    form = await connector.setup()
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["site", "token", "start"]
    assert form.problems == () or list(form.problems) == []


async def test_right_answers_make_an_account_named_like_the_site(site, connector):
    done = await connector.setup("site", {"site": site.url + "/", "token": f" {TOKEN} ", "start": "all"})
    assert isinstance(done, Done)
    assert done.account_name == "Seaside guestbook"
    assert done.account == {"site": site.url, "token": TOKEN, "start": ""}


@pytest.mark.parametrize(("start", "expected"), [("all", ["old", "new"]), ("new", ["new"])])
async def test_the_administrator_chooses_where_to_begin(site, connector, start, expected):
    site.sign("old")
    site.clock.forward(60)
    done = await connector.setup("site", {"site": site.url, "token": TOKEN, "start": start})
    site.sign("new")
    pulled = await connector.pull_all(done.account, done.state or b"")
    assert [each.message for each in pulled.resources] == expected


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"site": "guestbook"}, "site", "https://"),
        ({"site": "ftp://example.com"}, "site", "https://"),
        ({"token": ""}, "token", "Paste"),
        ({"token": "smörgås"}, "token", "Paste"),
        ({"token": "wrong"}, "token", "does not take this token"),
    ],
)
async def test_a_wrong_answer_brings_the_form_again_with_a_sentence(site, connector, answers, field, words):
    form = await connector.setup("site", {"site": site.url, "token": TOKEN, **answers})
    assert words in problems(form)[field]
    shown = {each.name: each.value for each in form.fields}
    assert shown["site"] == answers.get("site", site.url)
    assert shown["token"] == ""


async def test_the_form_does_not_tell_what_is_inside_our_network(site, connector):
    """Refused by the guard, no such name, nobody there, no HTTP, no TLS, no guestbook: one sentence for all of them."""
    async with not_http() as port:
        here = [f"{scheme}://127.0.0.1:{at}" for scheme in ("http", "https") for at in (9, port)]
        addresses = [*here, "http://169.254.169.254", "https://10.0.0.1:81", "https://no-such-host.example"]
        addresses += [f"{site.url}/entries", site.url.replace("http", "https")]
        told = {
            address: problems(await connector.setup("site", {"site": address, "token": TOKEN}))["site"]
            for address in addresses
        }
    assert told == dict.fromkeys(addresses, str(NO_ANSWER.message))


async def test_a_guestbook_that_fails_is_told_beside_its_address(site, connector):
    site.faults.fail = 9
    form = await connector.setup("site", {"site": site.url, "token": TOKEN})
    assert problems(form).keys() == {"site"}


async def test_an_edit_keeps_the_token_that_nobody_typed_and_the_name(site, connector, account):
    form = await connector.setup(account=account, account_name="Ours")
    shown = {field.name: field for field in form.fields}
    assert shown["site"].value == site.url
    assert (shown["token"].value, shown["token"].secret_kept, shown["token"].required) == ("", True, False)
    done = await connector.setup("site", {"site": site.url, "token": ""}, account=account, account_name="Ours")
    assert (done.account, done.account_name, done.state) == (account, "Ours", None)


async def test_an_edit_says_at_once_what_is_wrong_with_the_account(site, connector, account):
    assert problems(await connector.setup(account=account)) == {}

    form = await connector.setup(account={**account, "token": "changed"})
    assert problems(form) == {"token": "The guestbook does not take this token."}
    [token] = [field for field in form.fields if field.name == "token"]
    assert (token.secret_kept, token.required) == (False, True), "one that is dead is not kept"


async def test_an_edit_takes_a_new_token(site, connector, account):
    stale = {**account, "token": "revoked"}
    done = await connector.setup("site", {"site": site.url, "token": TOKEN}, account=stale, account_name="Ours")
    assert done.account == account


async def test_an_account_does_not_move_to_another_site(site, connector, account):
    form = await connector.setup("site", {"site": "https://other.example"}, account=account)
    assert "Add another account" in problems(form)["site"]


async def test_an_unknown_step_is_refused(connector):
    with pytest.raises(InvalidRequest):
        await connector.setup("door", {})


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://guestbook.example.com", "https://guestbook.example.com"),
        (" HTTPS://Guestbook.Example.com/ ", "https://guestbook.example.com"),
        ("https://example.com:443/book/", "https://example.com/book"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://gästebuch.example", "https://xn--gstebuch-0za.example"),
    ],
)
def test_a_site_has_one_way_to_be_written(written, canonical):
    assert canonical_site(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "guestbook.example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@example.com",
        "https://@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com:99999",
        "https://exa mple.com",
        "https://example.com/<script>",
        "https://example.com\\@evil.example",
        "https://" + "a" * 63 + ".example/" + "b" * 100,
    ],
)
def test_what_is_no_site_is_refused_without_its_text(written):
    with pytest.raises(BadSite) as refused:
        canonical_site(written)
    assert "secret" not in str(refused.value)


@given(
    host=st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){1,3}", fullmatch=True),
    path=st.sampled_from(["", "/book", "/a/b"]),
    number=st.integers(1, 10**18 - 1),
)
def test_an_entrys_id_is_read_back_fits_and_is_its_page(host, path, number):
    site = canonical_site(f"https://{host}{path}")
    external_id = entry_id(site, number)
    assert read_entry_id(external_id) == (site, number)
    assert len(external_id) <= 255


def test_ids_of_authors_are_not_ids_of_entries():
    with pytest.raises(NotFound):
        read_entry_id(author_id("https://example.com", "visitor-1"))


@pytest.mark.parametrize(
    "external_id",
    [
        "",
        "12",
        "https://example.com/entries/",
        "https://example.com/entries/0",
        "https://example.com/entries/01",
        "https://example.com/entries/1/../../admin",
        "https://example.com/entries/1#x",
        "https://example.com/entries/1?x",
        "https://example.com/entries/\u0661",
        "https://example.com/entries/1\n",
        "https://EXAMPLE.com/entries/1",
        "https://example.com:443/entries/1",
        "https://a@example.com/entries/1",
        "https://example.com\\@evil.example/entries/1",
        "//example.com/entries/1",
        "javascript://example.com/%0aalert(1)/entries/1",
    ],
)
def test_ids_that_the_connector_does_not_make_are_not_found(external_id):
    with pytest.raises(NotFound):
        read_entry_id(external_id)
