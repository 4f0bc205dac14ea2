# SPDX-License-Identifier: Apache-2.0
"""A Zendesk that a test scripts, and a client of it, over real sockets."""

from __future__ import annotations

import pytest

from tests.edge.zendesk_api.scripted_zendesk import place


@pytest.fixture
async def here():
    async with place() as here:
        yield here


@pytest.fixture
def zendesk(here):
    return here.zendesk


@pytest.fixture
def push(here):
    """Push for an account."""
    from tests.edge.zendesk_api.scripted_zendesk import account

    async def push(resources, **changes):
        return await here.client.push(account(**changes), resources, request_id="call-1")

    return push
