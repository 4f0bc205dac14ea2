# SPDX-License-Identifier: Apache-2.0
"""Forms are read strictly, and into what Zendesk asks."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.zendesk import AdminForm, BadForm, ChannelbackForm, PullForm
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form
from tests.zendesk_schemas import EXAMPLES, requires_schemas

SPEC = FormSpec(
    FormField("metadata", 20, required=True),
    FormField("state", 20),
    FormField("file_urls[]", 10, max_items=3),
)

GOOD = {
    "one field": (b"metadata=abc", {"metadata": "abc"}),
    "an empty optional field": (b"metadata=a&state=", {"metadata": "a", "state": ""}),
    "a field without an equals sign": (b"metadata=a&state", {"metadata": "a", "state": ""}),
    "an equals sign in a value": (b"metadata=a=b", {"metadata": "a=b"}),
    "plus signs and escapes": (b"metadata=a+b%2Bc%20d", {"metadata": "a b+c d"}),
    "escapes of either case": (b"metadata=%c3%A4%E2%82%AC", {"metadata": "ä€"}),
    "UTF-8 that is not escaped": ("metadata=ä€😀".encode(), {"metadata": "ä€😀"}),
    "an escaped name": (b"m%65tadata=a&file_urls%5B%5D=x", {"metadata": "a", "file_urls[]": ["x"]}),
    "a repeated list field": (
        b"metadata=a&file_urls[]=x&file_urls%5b%5d=y",
        {"metadata": "a", "file_urls[]": ["x", "y"]},
    ),
    "unknown fields": (b"metadata=a&other=1&other=%FF&=&&x", {"metadata": "a"}),
    "a semicolon": (b"metadata=a;state=b", {"metadata": "a;state=b"}),
    "exactly as long as allowed": ("metadata=" + "%F0%9F%98%80" * 20, {"metadata": "😀" * 20}),
    "64 fields": (b"metadata=a" + b"&x=1" * 63, {"metadata": "a"}),
}

BAD = {
    "nothing": (b"", "metadata", "is missing"),
    "an empty required field": (b"metadata=", "metadata", "is empty"),
    "a repeated field": (b"metadata=a&metadata=a", "metadata", "is given more than once"),
    "a field repeated under an escaped name": (b"metadata=a&metadat%61=b", "metadata", "is given more than once"),
    "a field repeated with nothing in it": (b"metadata=a&state&state", "state", "is given more than once"),
    "too long": (b"metadata=" + b"x" * 21, "metadata", "is longer than 20 characters"),
    "too long before it is decoded": (b"metadata=" + b"%" * 10_000, "metadata", "is longer than 20 characters"),
    "too many items": (b"metadata=a" + b"&file_urls[]=x" * 4, "file_urls[]", "is given more than 3 times"),
    "an item too long": (b"metadata=a&file_urls[]=" + b"x" * 11, "file_urls[]", "is longer than 10 characters"),
    "a lone percent sign": (b"metadata=100%", "metadata", "has a broken percent escape"),
    "half an escape": (b"metadata=%4", "metadata", "has a broken percent escape"),
    "an escape that is no number": (b"metadata=%zz", "metadata", "has a broken percent escape"),
    "a broken escape in a name": (b"metadata=a&%zz=1", "the form", "has a field name with a broken percent escape"),
    "a lone byte": (b"metadata=%FF", "metadata", "is not valid UTF-8"),
    "a surrogate": (b"metadata=%ED%A0%80", "metadata", "is not valid UTF-8"),
    "an overlong slash": (b"metadata=%C0%AF", "metadata", "is not valid UTF-8"),
    "a null character": (b"metadata=a%00b", "metadata", "has a null character in it"),
    "65 fields": (b"metadata=a" + b"&x=1" * 64, "the form", "has more than 64 fields"),
}


@pytest.mark.parametrize(("body", "values"), GOOD.values(), ids=GOOD)
def test_a_good_form_is_read(body, values):
    assert read_form(body.encode() if isinstance(body, str) else body, SPEC) == values


@pytest.mark.parametrize(("body", "field", "problem"), BAD.values(), ids=BAD)
def test_a_bad_form_is_refused_by_the_fields_name(body, field, problem):
    with pytest.raises(BadForm) as caught:
        read_form(body, SPEC)
    assert (caught.value.field, caught.value.problem) == (field, problem)
    assert str(caught.value) == f"{field} {problem}"


texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@given(
    metadata=texts.filter(bool),
    state=texts,
    urls=st.lists(st.text("abc/?&=% +;é", max_size=10), max_size=3),
    others=st.dictionaries(texts.filter(lambda n: n not in {"metadata", "state", "file_urls[]"}), texts, max_size=5),
)
def test_what_a_browser_encodes_is_read_back(metadata, state, urls, others):
    fields = [("metadata", metadata), ("state", state), *[("file_urls[]", url) for url in urls], *others.items()]
    expected = {"metadata": metadata, "state": state}
    assert read_form(urlencode(fields).encode(), SPEC) == expected | ({"file_urls[]": urls} if urls else {})


@given(body=st.binary(max_size=300) | st.text("metadata=&%+[]0aé\x00", max_size=80).map(str.encode))
def test_no_body_does_anything_but_give_values_or_be_refused(body):
    try:
        values = read_form(body, SPEC)
    except BadForm:
        return
    assert values["metadata"]
    assert set(values) <= {"metadata", "state", "file_urls[]"}


@given(
    canary=st.sampled_from(["metadata=canary%zz", "metadata=canary%FF", "metadata=canary" * 3, "metadata=a&canary%q"])
)
def test_a_refusal_never_repeats_what_was_sent(canary):
    with pytest.raises(BadForm) as caught:
        read_form(canary.encode(), SPEC)
    assert "canary" not in f"{caught.value} {caught.value!r} {caught.value.args}"
    assert caught.value.__cause__ is None


def wire(name: str) -> bytes:
    return (EXAMPLES / name).read_bytes().removesuffix(b"\n")


@requires_schemas
def test_a_pull_from_the_wire_is_read():
    form = PullForm.read(wire("wire_pull_request_body.txt"))
    assert form.metadata == '{"instagram_username":"omniwear","instagram_oauth_token":"REDACTED"}'
    assert form.state == '{"last_message_id":"20151210082800-erika"}'
    assert PullForm.read(wire("wire_pull_request_first_body.txt")).state == ""


@requires_schemas
def test_a_reply_with_a_parent_from_the_wire_is_read():
    form = ChannelbackForm.read(wire("wire_channelback_request_body_parent.txt"))
    assert form.message == "check your camera lens"
    assert (form.parent_id, form.thread_id, form.recipient_id) == ("20151210082200-bob", "", "bob")
    assert form.request_unique_identifier == "0123456789abcdef0123456789abcdef"
    assert form.file_urls == ()


@requires_schemas
def test_a_reply_with_files_from_the_wire_is_read():
    form = ChannelbackForm.read(wire("wire_channelback_request_body_thread_files.txt"))
    assert form.file_urls == (
        "https://example.zendesk.com/attachments/token/TOKEN1/?name=photo.jpg",
        "https://example.zendesk.com/attachments/token/TOKEN2/?name=doc.pdf",
    )
    assert (form.parent_id, form.thread_id) == ("", "59d74b86-3e2f-4a93-aece-b05d2fdcde0c")


@requires_schemas
@pytest.mark.parametrize(
    ("name", "editing", "push"),
    [
        ("wire_admin_ui_create_body.txt", False, False),
        ("wire_admin_ui_create_push_body.txt", False, True),
        ("wire_admin_ui_edit_push_body.txt", True, True),
    ],
)
def test_an_opened_set_up_from_the_wire_is_read(name, editing, push):
    form = AdminForm.read(wire(name))
    assert form.editing is editing
    assert bool(form.instance_push_id) is bool(form.zendesk_access_token) is push
    assert form.subdomain == "example"
    assert form.locale == "en-US"
    assert form.return_url.startswith("https://example.zendesk.com/zendesk/channels/")


def test_a_pull_without_metadata_has_an_empty_one_that_will_not_open():
    assert PullForm.read(b"") == PullForm(metadata="", state="")


def test_the_longest_reply_is_read_and_one_character_more_is_refused():
    body = "request_unique_identifier=r&message=" + "%F0%9F%98%80" * 65_535
    assert ChannelbackForm.read(body.encode()).message == "😀" * 65_535
    with pytest.raises(BadForm, match="message is longer than 65535 characters"):
        ChannelbackForm.read(body.encode() + b"x")


REFUSED = {
    "a pull with too long metadata": (PullForm, b"metadata=" + b"x" * 5001, "metadata"),
    "a pull with too long state": (PullForm, b"state=" + b"x" * 5001, "state"),
    "a pull with two states": (PullForm, b"state=a&state=b", "state"),
    "a reply without an identifier": (ChannelbackForm, b"message=a", "request_unique_identifier"),
    "a reply with an empty identifier": (
        ChannelbackForm,
        b"request_unique_identifier=&message=a",
        "request_unique_identifier",
    ),
    "a reply with a long identifier": (
        ChannelbackForm,
        b"message=a&request_unique_identifier=" + b"x" * 256,
        "request_unique_identifier",
    ),
    "a reply without a message": (ChannelbackForm, b"request_unique_identifier=r", "message"),
    "an empty reply without files": (ChannelbackForm, b"request_unique_identifier=r&message=", "message"),
    "a reply with a long parent": (
        ChannelbackForm,
        b"request_unique_identifier=r&message=a&parent_id=" + b"x" * 512,
        "parent_id",
    ),
    "a reply with 33 files": (
        ChannelbackForm,
        b"request_unique_identifier=r&message=a" + b"&file_urls[]=x" * 33,
        "file_urls[]",
    ),
    "a set-up without a return_url": (AdminForm, b"subdomain=demo", "return_url"),
    "a set-up without a subdomain": (AdminForm, b"return_url=https://x", "subdomain"),
    "a set-up with a long name": (AdminForm, b"return_url=u&subdomain=s&name=" + b"x" * 256, "name"),
}


@pytest.mark.parametrize(("form", "body", "field"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_breaks_the_protocol_is_refused_by_the_fields_name(form, body, field):
    with pytest.raises(BadForm) as caught:
        form.read(body)
    assert caught.value.field == field


def test_an_empty_reply_with_a_file_is_fine():
    assert ChannelbackForm.read(b"request_unique_identifier=r&message=&file_urls[]=https://x/y").message == ""


def test_requests_do_not_show_secrets_or_what_people_wrote():
    shown = [
        repr(PullForm.read(b"metadata=canary&state=canary")),
        repr(ChannelbackForm.read(b"metadata=canary&message=canary&file_urls[]=canary&request_unique_identifier=r1")),
        repr(
            AdminForm.read(
                b"return_url=https://x&subdomain=demo&metadata=canary&state=canary&zendesk_access_token=canary"
            )
        ),
    ]
    assert "canary" not in "".join(shown)
    assert "r1" in shown[1]
    assert "demo" in shown[2]
