# SPDX-License-Identifier: Apache-2.0
"""What Zendesk asks, read from bodies like those on the wire."""

from __future__ import annotations

import pytest

from sealock_edge.zendesk import AdminForm, BadForm, ChannelbackForm, PullForm
from tests.zendesk_schemas import EXAMPLES, requires_schemas


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
