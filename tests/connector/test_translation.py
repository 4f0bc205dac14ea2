# SPDX-License-Identifier: Apache-2.0
"""Between values and the contract's messages: nothing is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock.connector.v1 import event_pb2, external_resource_pb2, webhook_pb2
from sealock_connector import (
    Account,
    Author,
    Done,
    ExternalResource,
    Field,
    FieldKind,
    File,
    Form,
    InvalidAnswer,
    Problem,
    Redirect,
    SetupStep,
    WebhookAnswer,
    WebhookRequest,
)
from sealock_connector._translate.announcements import (
    event_from_wire,
    webhook_answer_from_wire,
    webhook_answer_to_wire,
    webhook_from_wire,
    webhook_to_wire,
)
from sealock_connector._translate.resources import (
    account_from_wire,
    account_to_wire,
    resource_from_wire,
    resource_to_wire,
)
from sealock_connector._translate.setup import outcome_from_wire, outcome_to_wire, step_from_wire, step_to_wire

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
IDS = st.text(st.characters(codec="ascii"), min_size=1, max_size=40)
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CONVERSATIONS = st.one_of(
    st.just({}), st.builds(lambda each: {"parent_id": each}, IDS), st.builds(lambda each: {"thread_id": each}, IDS)
)
AUTHORS = st.builds(Author, IDS, TEXT, TEXT, TEXT, OBJECTS)
FILES = st.one_of(
    st.builds(lambda name, url: File(name, "image/png", url=url), IDS, IDS),
    st.builds(lambda name, reference: File(name, reference=reference), IDS, IDS),
)
RESOURCES = st.builds(
    lambda conversation, **fields: ExternalResource(**fields, **conversation),
    CONVERSATIONS,
    external_id=IDS,
    message=TEXT,
    created_at=TIMES,
    author=AUTHORS,
    html_message=TEXT,
    display_info=st.lists(st.tuples(IDS, OBJECTS), max_size=2).map(tuple),
    allow_channelback=st.sampled_from([None, True, False]),
    internal_note=st.booleans(),
    fields=OBJECTS,
    files=st.lists(FILES, max_size=2).map(tuple),
)


@given(RESOURCES)
def test_a_resource_survives_the_way(resource):
    data = resource_to_wire(resource).SerializeToString()
    assert resource_from_wire(external_resource_pb2.ExternalResource.FromString(data)) == resource


@given(OBJECTS)
def test_an_account_survives_the_way(values):
    assert account_from_wire("id", account_to_wire(values)) == Account("id", values)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [("\ud83d\ude00", "\U0001f600"), ("a\ud83d", "a\ufffd"), ("\ude00b", "\ufffdb"), ("\U0001f600", "\U0001f600")],
)
def test_halves_of_characters_are_joined_or_marked(text, becomes):
    resource = ExternalResource("1", text, datetime.now(UTC), Author("a", text, fields={text: [text]}))
    assert resource_from_wire(resource_to_wire(resource)).author.fields == {becomes: [becomes]}


def test_times_of_any_zone_are_the_same_instant():
    at = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    resource = ExternalResource("1", "m", at, Author("a"))
    assert resource_from_wire(resource_to_wire(resource)).created_at == datetime(2026, 3, 1, 7, tzinfo=UTC)


MISTAKES = {
    "a file without a place": {"files": [File("a.png")]},
    "a file with two places": {"files": [File("a.png", url="https://x", reference="y")]},
    "a field that JSON cannot say": {"fields": {"x": object()}},
    "bytes": {"fields": {"x": b"bytes"}},
    "a number that is none": {"fields": {"x": float("nan")}},
    "a number without end": {"display_info": [("kind", {"x": float("inf")})]},
    "a message that is none": {"message": None},
    "an author that is none": {"author": None},
    "a time that is none": {"created_at": "yesterday"},
    "a time before protobuf's": {"created_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))},
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_item(mistake):
    good = {"external_id": "item-7", "message": "secret", "created_at": datetime.now(UTC), "author": Author("a")}
    with pytest.raises(InvalidAnswer, match="item-7") as raised:
        resource_to_wire(ExternalResource(**(good | MISTAKES[mistake])))
    assert "secret" not in str(raised.value)


FIELDS = st.builds(
    Field,
    name=IDS,
    label=TEXT,
    kind=st.sampled_from(FieldKind).filter(lambda kind: kind is not FieldKind.SECRET),
    help=TEXT,
    required=st.booleans(),
    value=TEXT,
    placeholder=TEXT,
    options=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    max_chars=st.integers(0, 5000),
    secret_kept=st.booleans(),
)
FORMS = st.builds(
    Form,
    IDS,
    TEXT,
    st.lists(FIELDS, max_size=3).map(tuple),
    TEXT,
    st.lists(st.builds(Problem, TEXT, TEXT), max_size=2).map(tuple),
    TEXT,
    st.binary(),
)
OUTCOMES = st.one_of(
    FORMS,
    st.builds(Redirect, IDS, TEXT, TEXT, TEXT, st.binary()),
    st.builds(Done, IDS, OBJECTS, st.one_of(st.none(), st.binary())),
)


@given(OUTCOMES)
def test_an_outcome_of_setup_survives_the_way(outcome):
    assert outcome_from_wire(outcome_to_wire(outcome)) == outcome


@given(
    st.builds(
        SetupStep,
        IDS,
        TEXT,
        st.dictionaries(TEXT, TEXT, max_size=3),
        st.one_of(st.none(), st.just(Account("", {"a": 1}))),
        TEXT,
        TEXT,
        st.binary(),
        st.dictionaries(TEXT, TEXT, max_size=3),
        TEXT,
        TEXT,
    )
)
def test_a_step_of_setup_survives_the_way(step):
    there = step_from_wire(step_to_wire(step))
    assert there.account == (step.account and Account(step.account_id, step.account.values))
    assert step_to_wire(there) == step_to_wire(step)


def test_a_secret_is_not_shown_even_if_the_author_gives_its_value():
    form = Form("s", "t", [Field("password", "Password", FieldKind.SECRET, value="canary")])
    assert b"canary" not in outcome_to_wire(form).SerializeToString()


TOO_MUCH = {
    "step_id": Form("", "title", []),
    "name": Form("s", "title", [Field("n" * 64, "l")]),
    "session": Redirect("s", "https://x", session=b"x" * 16385),
    "account_name": Done("", {}),
    "state": Done("name", {}, b"x" * 3701),
}


@pytest.mark.parametrize("field", TOO_MUCH)
def test_an_outcome_over_the_limits_names_its_field(field):
    with pytest.raises(InvalidAnswer, match=f"{field}: "):
        outcome_to_wire(TOO_MUCH[field])


def test_what_is_no_outcome_is_a_mistake():
    with pytest.raises(InvalidAnswer):
        outcome_to_wire({"account": 1})


HEADERS = st.lists(st.tuples(IDS, TEXT), max_size=4).map(tuple)


@given(st.builds(WebhookRequest, IDS, TEXT, TEXT, HEADERS, st.binary()))
def test_a_webhook_survives_the_way(request):
    data = webhook_to_wire(request).SerializeToString()
    assert webhook_from_wire(webhook_pb2.ReceiveWebhookRequest.FromString(data)) == request


HINTS = st.lists(st.binary(max_size=255), max_size=5, unique=True).map(tuple)


@given(st.builds(WebhookAnswer, st.integers(100, 599), st.binary(), HEADERS, st.dictionaries(IDS, HINTS, max_size=3)))
def test_the_answer_to_a_webhook_survives_the_way(answer):
    assert webhook_answer_from_wire(webhook_answer_to_wire(answer)) == answer


def test_a_hint_that_is_told_twice_is_one():
    told = webhook_answer_to_wire(WebhookAnswer(200, deliveries={"page": [b"a", b"b", b"a"]}))
    assert webhook_answer_from_wire(told).deliveries == {"page": (b"a", b"b")}


@pytest.mark.parametrize(
    ("deliveries", "field"),
    [
        ({"": []}, "origin_account_key: is empty"),
        ({"page": [b"x" * 256]}, "hints: an item has 256 bytes, at most 255 are allowed"),
        ({"page": [b"%d" % number for number in range(1_001)]}, "hints: has 1,001 items, at most 1,000 are allowed"),
    ],
)
def test_a_delivery_that_breaks_a_limit_is_refused_by_its_field(deliveries, field):
    with pytest.raises(InvalidAnswer, match=field):
        webhook_answer_to_wire(WebhookAnswer(200, deliveries=deliveries))


def test_every_kind_of_event_is_read():
    event = event_pb2.ZendeskEvent(type_id="x", subdomain="s", integration_name="n", integration_id="i", error="e")
    event.event_time.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    kinds = event_pb2.ZendeskEvent.DESCRIPTOR.oneofs_by_name["kind"].fields
    for kind in kinds:
        getattr(event, kind.name).SetInParent()
        read = event_from_wire(event_pb2.HandleEventRequest(account_id="a", account=b'{"t":1}', event=event))
        assert (read.type_id, read.subdomain, read.error, read.data) == ("x", "s", "e", {})
        assert (read.at, read.account) == (datetime(2026, 1, 1, tzinfo=UTC), Account("a", {"t": 1}))
    assert len(kinds) == 10


def test_an_event_s_data_has_the_contract_s_names():
    event = event_pb2.ZendeskEvent(type_id="destroy_user_identity")
    event.user_identity_destroyed.author_external_id = "ann"
    read = event_from_wire(event_pb2.HandleEventRequest(event=event))
    assert (read.data, read.account, read.at) == ({"author_external_id": "ann"}, None, None)


def test_an_event_of_an_unknown_kind_is_read_too():
    read = event_from_wire(event_pb2.HandleEventRequest(event=event_pb2.ZendeskEvent(type_id="new_kind")))
    assert (read.type_id, read.data) == ("new_kind", {})
