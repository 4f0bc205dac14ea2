# SPDX-License-Identifier: Apache-2.0
"""
Whatever an origin answers while an administrator sets an account up, the page is no dead end.

Each set-up that was recorded is walked through on the edge's real pages, over the real connector, and the origin's
answers are changed at one of its steps in every way of `oddities`. The administrator then sees the account handed over,
a form with what was typed and a sentence, or a sign-in to begin again with; never a page that only offers a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.edge.admin_pages import Page
from tests.origins.recorded.edges import OddEdge, is_done, odd_edge
from tests.origins.recorded.exchanges import Exchange, Scene, Step, scenes
from tests.origins.recorded.oddities import Oddity, oddities
from tests.origins.recorded.playing import ORIGINS

EXAMPLES = 1_000 if settings.default.max_examples >= 1_000 else 30
"""Of each set-up: a thousand in the long run."""


def set_up_of(scene: Scene) -> Sequence[Step]:
    """The steps of the first set-up that came to an account; those that were refused on the way are left out."""
    steps = [step for step in scene.steps if step.kind == "setup"]
    last = next(number for number, step in enumerate(steps) if "done" in step.gave)
    refused = [number for number, step in enumerate(steps[:last]) if step.gave.get("problems")]
    return [step for number, step in enumerate(steps[: last + 1]) if number not in refused]


SCENES = {
    f"{scene.origin} {scene.name}": scene
    for scene in scenes()
    if any("done" in (step.gave or ()) for step in scene.steps)
}


def typed(page: Page, answers: dict[str, str]) -> None:
    """Whatever was typed is still there, except what is secret."""
    for name, value in answers.items():
        field = page.tree.css_first(f"[name={name}]")
        if field is None or field.attributes.get("type") in {"password", "checkbox"}:
            continue
        if field.tag == "select" or field.attributes.get("type") == "radio":
            offered = {each.attributes.get("value") for each in page.tree.css(f"[name={name}], [name={name}] option")}
            if value not in offered:
                continue  # the origin does not have it any more
        assert page.fields[name] == value, f"{name} was lost"


def check(page: Page, answers: dict[str, str], before: Page) -> None:
    """The administrator can go on from here."""
    assert "Something went wrong" not in page.text, page.text
    if is_done(page):
        return
    assert page.tree.css_first("form") is not None, page.text
    assert all(each.css("option") for each in page.tree.css("select")), "there is nothing to choose from"
    if page.tree.css_first("#set-up") is None:
        return  # a sign-in begins again
    if page.fields.keys() == before.fields.keys():
        assert page.alert, "the form came back and does not say why"
        typed(page, answers)


async def walk(odd: OddEdge, scene: Scene, oddity: Oddity, at: int) -> None:
    """Set up the account, with odd answers at one of the steps that ask the origin."""
    steps = set_up_of(scene)
    asking = [number for number, step in enumerate(steps) if step.exchanges]
    odd_at = asking[at % len(asking)]
    odd.edge.clock.move(hours=2)
    page = await odd.opened()
    for number, step in enumerate(steps[1:], 1):
        exchanges: Sequence[Exchange] = step.exchanges
        here = [each.at(odd.origin.host) for each in exchanges]
        odd.origin.use(exchanges, *([oddity.change(here)] if number == odd_at else []))
        answers = odd.here(step.call.get("answers") or {})
        before = page
        if step.call.get("query"):
            page = await odd.signed_in(page, odd.here(step.call["query"]))
        else:
            page = await page.submit(odd.edge, **answers)
        if number == odd_at:
            check(page, answers, before)
            return


@pytest.mark.parametrize("name", SCENES)
def test_no_answer_of_an_origin_makes_a_page_of_set_up_a_dead_end(name, tmp_path):
    scene = SCENES[name]
    with asyncio.Runner() as runner:
        opening = odd_edge(scene.origin, tmp_path)
        odd = runner.run(opening.__aenter__())

        @settings(max_examples=EXAMPLES, deadline=None)
        @given(oddities(slow=False), st.integers(0, 3))
        def holds(oddity: Oddity, at: int) -> None:
            runner.run(walk(odd, scene, oddity, at))

        try:
            holds()
        finally:
            runner.run(opening.__aexit__(None, None, None))


def test_each_origin_has_a_set_up_to_be_changed():
    assert {scene.origin for scene in SCENES.values()} == set(ORIGINS)
