# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import NotFound
from sealock_origins.guestbook.site import BadSite, author_id, canonical_site, entry_id, read_entry_id


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
