# SPDX-License-Identifier: Apache-2.0
"""Whatever a connector gives, what leaves is valid by Zendesk's schemas, by its documents, and as JSON."""

from __future__ import annotations

import orjson
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.zendesk import Terms, pull_answer
from tests.zendesk_schemas import requires_schemas, valid

pytestmark = requires_schemas

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ids = st.sampled_from(["a", "b", "c", "d", "", " a", "ä", "x" * 255, "x" * 256]) | texts
urls = (
    st.sampled_from(["https://a.example/x", "http://a.example", "javascript:x", "https://a.example/" + "é" * 200])
    | texts
)
long_texts = texts | st.integers(65_500, 65_600).map(lambda n: "a b" * (n // 3) + "xyz"[: n % 3])
json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


no_numbers = st.sampled_from([float("nan"), float("inf")]).map(lambda number: Value(number_value=number))
values = json_values.map(lambda content: ParseDict(content, Value())) | no_numbers | st.just(Value())
fields = st.lists(st.fixed_dictionaries({"id": ids, "value": values}), max_size=4)


@st.composite
def resources(draw) -> ExternalResource:
    optional = {
        "html_message": long_texts,
        "allow_channelback": st.booleans(),
        "internal_note": st.booleans(),
        "fields": fields,
        "files": st.lists(
            st.fixed_dictionaries({"name": texts}, optional={"url": urls})
            | st.fixed_dictionaries({"name": texts, "reference": texts}),
            max_size=14,
        ),
    }
    author = {"name": texts | st.just("n" * 300), "image_url": urls, "locale": texts, "fields": fields}
    seconds = st.just(1_700_000_000) | st.integers(-(2**62), 2**62)
    given_fields = draw(
        st.fixed_dictionaries(
            {
                "external_id": ids,
                "message": long_texts,
                "author": st.fixed_dictionaries({"external_id": ids}, optional=author),
                "create_time": st.fixed_dictionaries({"seconds": seconds, "nanos": st.integers(-1, 10**9)}),
            },
            optional=optional,
        )
    )
    conversation = draw(st.sampled_from(["", "parent_id", "thread_id"]))
    if conversation:
        given_fields[conversation] = draw(ids)
    made = ExternalResource(**given_fields)
    for kind in draw(st.lists(ids, max_size=2)):
        entry = made.display_info.add(type=kind)
        entry.data.update(draw(st.dictionaries(texts, json_values, max_size=2)))
    return made


def link(resource: ExternalResource, file: object) -> str:
    return f"https://channels.example/files/{len(resource.external_id)}"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(page=st.lists(resources(), max_size=5), clickthrough=st.booleans(), links=st.booleans())
def test_every_page_that_leaves_is_valid(page, clickthrough, links):
    terms = Terms(clickthrough=clickthrough, file_link=link if links else None)
    # As it comes from the wire.
    response = PullResponse.FromString(PullResponse(resources=page).SerializeToString())
    answer = pull_answer(response, terms, state="sealed")
    body = orjson.loads(orjson.dumps(answer.body))
    valid("pull_payload", body)
    assert answer.answered + len(answer.set_aside) + answer.duplicates == len(page)
    for resource in body["external_resources"]:
        documented_limits_hold(resource)


def documented_limits_hold(resource: dict) -> None:
    """What the documents say beyond the schemas."""
    author = resource["author"]
    for external_id in (resource["external_id"], author["external_id"]):
        assert external_id.isascii()
    assert not {"parent_id", "thread_id"} <= set(resource)
    assert len(resource.get("file_urls", [])) <= 10
    assert len(author.get("image_url", "")) <= 255
    assert resource["message"].strip()
    assert "\x00" not in resource["message"]
