# SPDX-License-Identifier: Apache-2.0
"""How a connector's form is laid out, headed and sent."""

from __future__ import annotations

import pytest

from sealock.connector.v1.setup_pb2 import (
    SetupCondition,
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupRedirect,
    SetupResponse,
)
from tests.edge.admin_pages import RETURN_URL, open_set_up

SELECT = SetupFieldKind.SETUP_FIELD_KIND_SELECT


def choice(*labels: str) -> SetupResponse:
    options = [SetupOption(value=str(number), label=label) for number, label in enumerate(labels)]
    return SetupResponse(form=SetupForm(step_id="one", fields=[SetupField(name="one", kind=SELECT, options=options)]))


@pytest.mark.parametrize(
    ("labels", "radios"),
    [
        (("The only one",), 0),
        (("Yes", "No"), 2),
        (("All", "Some", "None"), 3),
        (("a", "b", "c", "d"), 0),
        (("a", "b", "c", "What is longer than a narrow list of choices"), 4),
        (tuple(f"A long name of the {number}th of many Pages there are" for number in range(9)), 0),
    ],
)
async def test_a_few_choices_or_long_ones_stand_one_below_the_other(edge, connector, labels, radios):
    connector.script("Setup", choice(*labels))

    page = await open_set_up(edge)

    assert len(page.tree.css("input[type=radio]")) == radios
    assert len(page.tree.css("option")) == (0 if radios else len(labels))
    assert page.fields["one"] == "0", "the first is chosen where the connector chooses none"


async def test_fields_stand_under_their_headings_in_their_order(edge, connector):
    fields = [
        SetupField(name="site", label="Site"),
        SetupField(name="user", label="User", group="Who <writes>"),
        SetupField(name="token", label="Token", group="Who <writes>"),
        SetupField(name="since", label="Since", group="What comes"),
    ]
    connector.script("Setup", SetupResponse(form=SetupForm(step_id="one", fields=fields)))

    page = await open_set_up(edge)

    groups = [
        (group.css_first("legend").text(), [field.attributes["name"] for field in group.css("input")])
        for group in page.tree.css("fieldset.group")
    ]
    assert groups == [("Who <writes>", ["user", "token"]), ("What comes", ["since"])]
    assert page.tree.css_first("fieldset [name=site]") is None


async def test_when_a_field_is_shown_stands_at_it(edge, connector):
    condition = SetupCondition(field="kind", values=["a", '"b"'])
    fields = [SetupField(name="kind"), SetupField(name="more", only_if=condition)]
    connector.script("Setup", SetupResponse(form=SetupForm(step_id="one", fields=fields)))

    page = await open_set_up(edge)

    told = page.tree.css_first("[data-only-if]")
    assert told.css_first("input").attributes["name"] == "more"
    assert (told.attributes["data-only-if"], told.attributes["data-only-values"]) == ("kind", '["a","\\"b\\""]')


async def test_an_edit_is_headed_by_the_account_and_saved_and_a_new_one_is_connected(edge, connector):
    connector.script("Setup", SetupResponse(form=SetupForm(step_id="one", title="Connect a book")))

    page = await open_set_up(edge)
    assert (page.tree.css_first("h1").text(), page.tree.css_first("#submit").text()) == ("Connect a book", "Connect")

    page = await open_set_up(edge, name="By the sea", metadata=edge.metadata(), state=edge.state(b""))
    assert (page.tree.css_first("h1").text(), page.tree.css_first("#submit").text()) == ("Edit By the sea", "Save")
    assert page.tree.css_first("title").text() == "Edit By the sea"

    connector.script("Setup", SetupResponse(redirect=SetupRedirect(step_id="two", url="https://social.example/in")))
    page = await open_set_up(edge, name="By the sea", metadata=edge.metadata(), state=edge.state(b""))
    assert page.tree.css_first("h1").text() == "Edit By the sea"
    assert page.tree.css_first("#open").text() == "Continue with Guestbook"


async def test_what_is_wrong_with_an_account_stands_above_its_sign_in(edge, connector):
    redirect = SetupRedirect(step_id="two", url="https://social.example/in", problem="The password was <changed>.")
    connector.script("Setup", SetupResponse(redirect=redirect))

    page = await open_set_up(edge, name="By the sea", metadata=edge.metadata(), state=edge.state(b""))

    assert page.tree.css_first("p.problems").text() == "The password was <changed>."


async def test_the_second_button_says_that_somebody_wants_to_sign_in(edge, connector):
    form = SetupForm(step_id="one", fields=[SetupField(name="kept")], sign_in_label="Sign in again")
    connector.script("Setup", SetupResponse(form=form))
    page = await open_set_up(edge)
    assert page.tree.css_first("button.second").text() == "Sign in again"

    await page.submit(edge, kept="typed")
    await page.submit(edge, kept="typed", **{"sealock-sign-in-instead": "true"})

    asked = [call.request for call in connector.seen("Setup")[1:]]
    assert [(each.sign_in, dict(each.answers)) for each in asked] == [
        (False, {"kept": "typed"}),
        (True, {"kept": "typed"}),
    ]


@pytest.mark.parametrize("editing", [False, True])
async def test_what_to_try_is_read_before_a_new_account_goes_to_zendesk(edge, connector, editing):
    done = SetupDone(account_name="Book", account=b"{}", what_to_try="Sign <it>.")
    connector.script("Setup", SetupResponse(done=done))
    edited = {"name": "Book", "metadata": edge.metadata(), "state": edge.state(b"")} if editing else {}

    page = await open_set_up(edge, **edited)

    assert page.action == RETURN_URL
    assert ("Sign <it>." in page.text) is not editing
    assert (page.tree.css_first("script") is None) is not editing, "an edited account goes by itself"
