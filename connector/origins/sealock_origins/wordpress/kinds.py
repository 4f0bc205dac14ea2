# SPDX-License-Identifier: Apache-2.0
"""Which types of comments an account brings to Zendesk: asked where the site has others than comments."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealock_connector import (
    Account,
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    InvalidRequest,
    Problem,
    SetupStep,
    Text,
    read_json,
)
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.comments import BARE_FIELDS, COMMENT, REVIEW
from sealock_origins.wordpress.refusals import Refused
from sealock_origins.wordpress.resources import SiteAccount

STEP = "kinds"
_PREFIX = "kind_"
_MOST_KINDS = 8
"""So many types are offered; the account has room for their names."""
_LONGEST = 20
"""As long as WordPress's database takes a type's name."""
_USUAL = (REVIEW, "pingback", "trackback")
_LABELS: Mapping[str, Text] = {
    COMMENT: Text("Comments"),
    REVIEW: Text("Product reviews, with their stars"),
    "pingback": Text("Pingbacks: other sites that link here"),
    "trackback": Text("Trackbacks: other sites that link here"),
    "order_note": Text("Notes on the orders of a shop"),
}


async def ask(done: Done, step: SetupStep, api: Api) -> Form | Done:
    """The account as it was set up, or a form that asks for its types where the site has several."""
    old = SiteAccount.of(step.account) if step.account else None
    account = SiteAccount.of(Account(step.account_id, done.account))
    if old:
        account = replace(account, kinds=old.kinds, given_again=old.given_again)
    done = replace(done, account=account.as_values())
    kinds = await _kinds_at(api, account.wanted)
    return _form(done, kinds, account.wanted) if len(kinds) > 1 else done


def take(step: SetupStep) -> Form | Done:
    """The account with the types that were chosen. Raises `InvalidRequest` for a step that does not follow `ask`."""
    try:
        name, values, state, kinds = read_json(step.session)
        done = Done(name, values, state=None if state is None else base64.b64decode(state))
    except (TypeError, ValueError):
        raise InvalidRequest("the step does not follow the one before") from None
    chosen = [each for each in kinds if step.answers.get(_PREFIX + each) == "true"]
    if not chosen:
        return _form(done, kinds, frozenset(), Problem(Text("Choose at least one.")))
    return replace(done, account={**done.account, "kinds": ",".join(chosen)})


async def _kinds_at(api: Api, wanted: frozenset[str]) -> Sequence[str]:
    """The types that the site's newest comments have, and those of shops and old links. The usual ones come first."""
    found: set[str] = set()
    try:
        newest = await api.listed(newest_first=True, fields=BARE_FIELDS, type="all")
        found.update(comment.type for comment in newest.comments if _is_name(comment.type))
        for kind in _USUAL:
            if kind not in found:
                one = await api.listed(newest_first=True, count=1, fields=BARE_FIELDS, type=kind)
                found.update(comment.type for comment in one.comments if comment.type == kind)
    except (ConnectorError, Refused):
        # An account can do without: comments are what it is for.
        found.clear()
    known = [each for each in (COMMENT, *_USUAL) if each == COMMENT or each in found or each in wanted]
    return [*known, *sorted((found | wanted) - set(known))][:_MOST_KINDS]


def _is_name(kind: str) -> bool:
    return 0 < len(kind) <= _LONGEST and kind.isascii() and kind.replace("_", "").replace("-", "").isalnum()


def _form(done: Done, kinds: Sequence[str], chosen: frozenset[str], *problems: Problem) -> Form:
    state = done.state if done.state is None or isinstance(done.state, bytes) else done.state.dump()
    kept: list[Any] = [done.account_name, dict(done.account)]
    kept += [None if state is None else base64.b64encode(state).decode(), list(kinds)]
    return Form(
        STEP,
        Text("What to bring to Zendesk"),
        [
            Field(
                _PREFIX + kind,
                _LABELS.get(kind) or Text("Comments of the type {type}", type=kind),
                FieldKind.CHECKBOX,
                value="true" if kind in chosen else "false",
                required=False,
            )
            for kind in kinds
        ],
        description=Text("The site has more than comments. Answers to what is not chosen do not come either."),
        problems=problems,
        session=json.dumps(kept).encode(),
    )
