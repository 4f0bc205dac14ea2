# SPDX-License-Identifier: Apache-2.0
"""A webhook's signature is checked as its origin makes it, by the origins' own published examples, and fails closed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import HmacSignature, WebhookRequest
from sealock_connector._serving.signatures import MOST_SIGNATURES

SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
    b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
    b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
    b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SLACK_HEADERS = [
    ("X-Slack-Request-Timestamp", "1531420618"),
    ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
]
SLACK_NOW, STRIPE_NOW, STANDARD_NOW = 1_531_420_618, 1_492_774_577, 1_614_265_330
SLACK = HmacSignature(
    "x-slack-signature",
    prefix="v0=",
    signed="v0:{timestamp}:{body}",
    timestamp_header="x-slack-request-timestamp",
    clock=lambda: SLACK_NOW + 20,
)
GITHUB = HmacSignature("X-Hub-Signature-256", prefix="sha256=")
GITHUB_SECRET, GITHUB_BODY = "It's a Secret to Everybody", b"Hello, World!"
GITHUB_MADE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
STRIPE = HmacSignature(
    "Stripe-Signature",
    prefix="v1=",
    separator=",",
    signed="{timestamp}.{body}",
    timestamp_prefix="t=",
    clock=lambda: STRIPE_NOW - 20,
)
STANDARD = HmacSignature(
    "webhook-signature",
    prefix="v1,",
    encoding="base64",
    separator=" ",
    signed="{webhook-id}.{timestamp}.{body}",
    timestamp_header="webhook-timestamp",
    clock=lambda: STANDARD_NOW,
)
STANDARD_SECRET, STANDARD_BODY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), b'{"test": 2432232314}'
STANDARD_HEADERS = [
    ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("webhook-timestamp", str(STANDARD_NOW)),
    ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
]
X = HmacSignature("x-twitter-webhooks-signature", prefix="sha256=", encoding="base64")


def came(body, *headers):
    return WebhookRequest("POST", "", "", headers, body)


def stripe(body=b"{}", at=STRIPE_NOW, secret="whsec_test", also=""):
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return came(body, ("stripe-signature", f"t={at},v1={made},v0={'6' * 64}{also}"))


def test_githubs_example_is_valid():
    assert GITHUB.is_valid(came(GITHUB_BODY, ("x-hub-signature-256", GITHUB_MADE)), [GITHUB_SECRET])


def test_metas_shape_is_githubs_with_the_apps_secret():
    body = '{"object":"page","entry":[{"id":"1","text":"\\u00e4 ö"}]}'.encode()
    assert GITHUB.is_valid(came(body, ("X-HUB-SIGNATURE-256", GITHUB.sign("app secret", body))), ["app secret"])


def test_slacks_example_is_valid():
    assert SLACK.is_valid(came(SLACK_BODY, *SLACK_HEADERS), [SLACK_SECRET])


def test_stripes_shape_is_valid_with_other_schemes_and_another_secret_beside_it():
    assert STRIPE.is_valid(stripe(also=f",v1={'0' * 64}"), ["whsec_test"])
    assert STRIPE.is_valid(stripe(), ["whsec_new", "whsec_test"])


def test_the_example_of_standard_webhooks_is_valid():
    assert STANDARD.is_valid(came(STANDARD_BODY, *STANDARD_HEADERS), [STANDARD_SECRET])


def test_a_handshake_that_wants_a_signature_gets_it_with_its_prefix():
    assert X.sign("secret", b"token") == "sha256=6UERDj0r/oJiHw4+FDRzDXMF0QbF9oyHFl0LJ6RhGko="
    assert X.is_valid(came(b"token", ("x-twitter-webhooks-signature", X.sign("secret", b"token"))), ["secret"])
    with pytest.raises(ValueError, match="secret"):
        X.sign("", b"token")


@pytest.mark.parametrize("secrets", [[], [""], [b""], ["", "another"]])
def test_nothing_is_valid_without_the_secret(secrets):
    assert not GITHUB.is_valid(came(GITHUB_BODY, ("x-hub-signature-256", GITHUB_MADE)), secrets)


def test_an_empty_secret_signs_nothing():
    made = "sha256=" + hmac.new(b"", b"body", hashlib.sha256).hexdigest()
    assert not GITHUB.is_valid(came(b"body", ("x-hub-signature-256", made)), ["", b""])


WRONG = [
    "",
    "sha256=",
    GITHUB_MADE.removeprefix("sha256="),
    GITHUB_MADE.replace("sha256", "SHA256"),
    GITHUB_MADE[:-1],
    GITHUB_MADE[:-2],
    GITHUB_MADE + "00",
    GITHUB_MADE + ", " + GITHUB_MADE,
    GITHUB_MADE[:-1] + "ü",
    GITHUB_MADE[:-1] + "\u0667",
    GITHUB_MADE.replace("7571", "75 71"),
    "sha256=" + base64.b64encode(bytes.fromhex(GITHUB_MADE[7:])).decode(),
    "sha256=" + "0" * 64,
    "sha256=" + "a" * 1_000_000,
    "sha256=\ud800" + "a" * 63,
]


@pytest.mark.parametrize("value", WRONG)
def test_a_signature_in_another_shape_is_refused(value):
    assert not GITHUB.is_valid(came(GITHUB_BODY, ("x-hub-signature-256", value)), [GITHUB_SECRET])


def test_another_body_even_of_the_same_meaning_is_refused():
    for body in (GITHUB_BODY + b"\n", b"", b"hello, World!", "Hello, World!".encode("utf-16")):
        assert not GITHUB.is_valid(came(body, ("x-hub-signature-256", GITHUB_MADE)), [GITHUB_SECRET])


def test_a_missing_or_repeated_header_is_refused():
    right = ("x-hub-signature-256", GITHUB_MADE)
    for headers in ([], [right, right], [right, ("X-Hub-Signature-256", "sha256=0")]):
        assert not GITHUB.is_valid(came(GITHUB_BODY, *headers), [GITHUB_SECRET])
    for at in range(3):
        fewer = [header for number, header in enumerate(STANDARD_HEADERS) if number != at]
        assert not STANDARD.is_valid(came(STANDARD_BODY, *fewer), [STANDARD_SECRET])
        more = [*STANDARD_HEADERS, STANDARD_HEADERS[at]]
        assert not STANDARD.is_valid(came(STANDARD_BODY, *more), [STANDARD_SECRET])


@pytest.mark.parametrize(("at", "valid"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_signature_counts_within_its_window_either_way(at, valid):
    now = STRIPE_NOW - 20
    assert STRIPE.is_valid(stripe(at=now + at), ["whsec_test"]) is valid


@pytest.mark.parametrize(
    "at", ["", "-1", "+1492774577", "1492774577.0", "1e9", "\uff19" * 10, "9" * 5_000, "0x58", " "]
)
def test_an_absurd_time_of_signing_is_refused_even_if_it_is_signed(at):
    assert not STRIPE.is_valid(stripe(at=at), ["whsec_test"])


def test_two_times_of_signing_are_none():
    assert not STRIPE.is_valid(stripe(also=f",t={STRIPE_NOW}"), ["whsec_test"])


def test_an_old_request_with_a_new_time_is_refused():
    headers = [("x-slack-request-timestamp", str(SLACK_NOW + 10)), SLACK_HEADERS[1]]
    assert not SLACK.is_valid(came(SLACK_BODY, *headers), [SLACK_SECRET])


def test_a_header_of_very_many_signatures_is_refused():
    assert STRIPE.is_valid(stripe(also=",v1=" + ",v1=".join(["0" * 64] * (MOST_SIGNATURES - 1))), ["whsec_test"])
    assert not STRIPE.is_valid(stripe(also=",v1=" + ",v1=".join(["0" * 64] * MOST_SIGNATURES)), ["whsec_test"])


@pytest.mark.parametrize(
    "described",
    [
        {"signed": "{timestamp}"},
        {"signed": "{body}{body}"},
        {"signed": "{timestamp}.{body}"},
        {"timestamp_header": "date"},
        {"signed": "{timestamp}.{body}", "timestamp_prefix": "t="},
        {"signed": "{timestamp}.{body}", "timestamp_prefix": "t=", "timestamp_header": "date", "separator": ","},
    ],
)
def test_a_description_that_checks_less_than_it_seems_to_is_an_error(described):
    with pytest.raises(ValueError, match=r"^(signed|timestamp_|separator)"):
        HmacSignature("signature", **described)


def test_the_window_is_the_authors_to_choose():
    wide = HmacSignature(
        "stripe-signature",
        prefix="v1=",
        separator=",",
        signed="{timestamp}.{body}",
        timestamp_prefix="t=",
        replay_window=timedelta(days=2),
        clock=lambda: STRIPE_NOW + 100_000,
    )
    assert wide.is_valid(stripe(), ["whsec_test"])


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=200)), max_size=4), st.binary(max_size=200))
def test_nothing_that_comes_is_an_error_or_valid(headers, body):
    for signature in (GITHUB, SLACK, STRIPE, STANDARD, X):
        named = [(signature.header, value) for _, value in headers[:1]]
        assert not signature.is_valid(came(body, *headers, *named), ["secret"])
