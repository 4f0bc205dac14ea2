# SPDX-License-Identifier: Apache-2.0
"""Answers of Meta as only people describe them: everything comes, once, or it is told. For both connectors."""

from __future__ import annotations

from sealock_connector import AccountRevoked, Cause, ConnectorError, OriginThrottled, OriginUnavailable

OF_LISTS = (
    *("null_lists", "looping", "elsewhere", "numeric_ids", "no_updated_time", "nobody", "no_participants"),
    *("seconds", "no_zone", "twice", "with_rubbish"),
)
"""With these everything comes."""
OF_ERRORS = ("text_numbers", "error_text", "errors_as_200")
REFUSALS = {"service": OriginUnavailable, "pages_limit": OriginThrottled, "session": AccountRevoked}


async def everything_comes(meta, connector, values, oddity, expected):
    """With an oddity in every answer what is expected comes, page by page, and nothing twice; new things too."""
    meta.store.faults.odd = [oddity]
    found, state = [], b""
    for _ in range(12):
        page = await connector.pull(values, state, max_resources=2)
        assert page.interruption is None, page.interruption
        found += page.resources
        state = page.state
    assert sorted(each.message for each in found) == sorted(expected)
    assert len({each.external_id for each in found}) == len(found)
    return found, state


async def refusal_is_understood(meta, connector, values, oddity, name):
    """A refusal in an odd shape ends the pull with a cause, as the refusal does itself where the shape tells it."""
    meta.store.faults.odd = [oddity]
    meta.store.faults.errors = [name] * 40
    if name == "session":
        meta.tokens.end(meta.owner.id, "session")
    try:
        failure = (await connector.pull(values)).interruption
    except ConnectorError as error:
        failure = error
    expected = REFUSALS[name] if oddity != "error_text" else OriginUnavailable
    assert isinstance(failure, expected)
    assert isinstance(failure.cause, Cause)
    meta.store.faults.odd, meta.store.faults.errors = [], []
