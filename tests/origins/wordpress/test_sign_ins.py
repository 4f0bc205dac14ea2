# SPDX-License-Identifier: Apache-2.0
"""A site that sees nobody signed in: what is found out of why, without signing in wrongly again and again."""

from __future__ import annotations

import pytest

from sealock_connector import AccountRevoked, Cause, ConnectorError, OriginUnavailable
from sealock_origins.wordpress.rest import SignIns
from tests.origins.wordpress.fake_site import COMMENTS, ME, Answer, FakeSite, account_values, refusal

XML = "POST /xmlrpc.php"
INDEX = "GET /wp-json/"
NOBODY = refusal(401, "rest_not_logged_in")
SIGNED_IN = "<methodResponse><member><name>isAdmin</name></member></methodResponse>"
WRONG = "<methodResponse><fault>Incorrect username or password.</fault></methodResponse>"
OFFERED = {"authentication": {"application-passwords": {}}}


@pytest.fixture
async def fake():
    async with FakeSite() as site:
        site.answers = {COMMENTS: NOBODY, ME: NOBODY, INDEX: Answer(OFFERED)}
        yield site


async def errors_of(connector, fake, pulls):
    """What so many pulls end with."""
    found = []
    for _ in range(pulls):
        with pytest.raises(ConnectorError) as error:
            await connector.pull(account_values(fake))
        found.append(error.value)
    return found


async def test_a_wrong_password_is_tried_by_xml_rpc_once_however_often_is_pulled(fake, connector):
    fake.answers[XML] = Answer(WRONG)

    errors = await errors_of(connector, fake, pulls=4)

    assert {type(error) for error in errors} == {AccountRevoked}
    assert [each for each in fake.asked if each.startswith(XML)] == [XML]


async def test_a_header_that_does_not_arrive_is_told_in_each_pull(fake, connector):
    fake.answers[XML] = Answer(SIGNED_IN)

    errors = await errors_of(connector, fake, pulls=3)

    assert {(type(error), error.cause) for error in errors} == {(OriginUnavailable, Cause.CREDENTIALS_DROPPED)}


async def test_where_application_passwords_are_off_none_is_tried_at_all(fake, connector):
    fake.answers |= {INDEX: Answer({"authentication": []}), XML: Answer(SIGNED_IN)}

    [error] = await errors_of(connector, fake, pulls=1)

    assert isinstance(error, AccountRevoked)
    assert "switch them on" in error.message_for_agent
    assert not any(each.startswith(XML) for each in fake.asked)


def test_what_was_tried_in_vain_is_tried_again_after_a_day():
    now = [0.0]
    sign_ins = SignIns(lambda: now[0])
    assert sign_ins.may_try("site", "user", "password")
    assert not sign_ins.may_try("site", "user", "password")
    assert sign_ins.may_try("another site", "user", "password")
    now[0] = 86_400.0
    assert sign_ins.may_try("site", "user", "password")


def test_what_worked_may_be_tried_again_at_once():
    sign_ins = SignIns(lambda: 0.0)
    assert sign_ins.may_try("site", "user", "password")
    sign_ins.worked("site", "user", "password")
    assert sign_ins.may_try("site", "user", "password")


def test_no_more_is_remembered_than_ten_thousand():
    sign_ins = SignIns(lambda: 0.0)
    assert all(sign_ins.may_try("site", str(number)) for number in range(10_001))
    assert sign_ins.may_try("site", "0")
    assert not sign_ins.may_try("site", "10000")
