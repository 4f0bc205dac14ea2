# SPDX-License-Identifier: Apache-2.0
"""Forms are read strictly: one value each, valid UTF-8, within the limits, and nothing is told back."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_edge.zendesk.errors import BadForm
from sealock_edge.zendesk.requests import FormField, FormSpec, read_form

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
