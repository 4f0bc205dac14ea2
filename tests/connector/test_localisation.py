# SPDX-License-Identifier: Apache-2.0
"""A connector's texts reach administrators in their language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import (
    AccountRevoked,
    Catalogues,
    Cause,
    Connector,
    ConnectorError,
    Done,
    Field,
    FieldKind,
    Form,
    MessageRejected,
    OriginLimits,
    Problem,
    Pulled,
    Redirect,
    SetupStep,
    Text,
)
from sealock_connector._translate.setup import description, outcome_to_wire
from sealock_connector.egress import OriginMoved
from sealock_connector.testing import running

GERMAN = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: de\\n"

msgid "Box"
msgstr "Kasten"

msgid "{name} has no box."
msgstr "Für {name} gibt es keinen Kasten."

#, fuzzy
msgid "Guessed"
msgstr "Geraten"
"""


class Boxes(Connector):
    origin = "boxes"
    display_name = Text("Box")
    description = "Box"

    async def setup(self, step: SetupStep) -> Form | Redirect | Done:
        field = Field(
            "box", Text("Box"), FieldKind.SELECT, help=Text("Box"), options=[("a", "Box"), ("b", Text("Box"))]
        )
        problem = Problem(Text("{name} has no box.", name=step.answers.get("name", "Ann")))
        return Form("box", Text("Box"), [field], description=Text("Box"), problems=[problem], submit_label=Text("Box"))

    async def pull(self, pull):
        return
        yield


def test_the_sentence_of_a_cause_is_in_the_language_of_the_connector_s_own_texts(catalogues):
    sentence = Cause.MAINTENANCE.sentence_about("The shop")
    assert catalogues.words("en")(sentence) == "The shop is being maintained. Try again when that is over."
    assert catalogues.words("de")(sentence).startswith("The shop wird gerade gewartet.")
    assert catalogues.words("fr")(sentence) == sentence, "there is no French in these catalogues"
    assert Catalogues().words("de")(sentence) == sentence


@pytest.fixture
def catalogues(tmp_path, monkeypatch) -> Catalogues:
    locales = tmp_path / "boxes_package" / "locales"
    locales.mkdir(parents=True)
    (tmp_path / "boxes_package" / "__init__.py").touch()
    (locales / "de.po").write_text(GERMAN, encoding="utf-8")
    (locales / "pt-BR.po").write_text(GERMAN.replace("Kasten", "Caixa"), encoding="utf-8")
    (locales / "README").write_text("not a catalogue")
    monkeypatch.syspath_prepend(tmp_path)
    return Catalogues("boxes_package")


def test_an_english_text_is_a_string_like_any_other():
    text = Text("{name} has {count} boxes.", name="Ann", count=2)

    assert text == "Ann has 2 boxes."
    assert f"{text}!" == "Ann has 2 boxes.!"
    assert Text("{braces} stay without values") == "{braces} stay without values"


def test_a_brace_without_a_value_is_noticed_where_it_is_written():
    with pytest.raises(KeyError):
        Text("{name} and {other}", name="Ann")


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("de", "Kasten"),
        ("de-AT", "Kasten"),
        ("DE_ch", "Kasten"),
        ("pt", "Caixa"),
        ("pt-PT", "Caixa"),
        ("pt-br", "Caixa"),
    ]
    + [(locale, "Box") for locale in ("", "en", "nl", "d", "deu", "*", "../de", "de.po")],
)
def test_a_reader_gets_the_catalogue_that_is_nearest(catalogues, locale, said):
    assert catalogues.words(locale)(Text("Box")) == said


@given(locale=st.text(max_size=60))
def test_any_locale_leads_to_words(locale):
    assert Catalogues("sealock_origins.guestbook").words(locale)("as it is") == "as it is"


def test_only_marked_texts_are_translated(catalogues):
    words = catalogues.words("de")

    assert words("Box") == "Box"
    assert words(Text("Not in the catalogue")) == "Not in the catalogue"
    assert words(Text("Guessed")) == "Guessed"
    assert words(Text("")) == ""


@given(name=st.text(max_size=40))
def test_values_are_put_in_after_the_translation_as_they_are(name):
    text = Text("The address is too long: at most {most} characters.", most=name)

    translated = Catalogues("sealock_origins.guestbook").words("de")(text)

    assert translated == f"Die Adresse ist zu lang: höchstens {name} Zeichen."


def test_everything_that_a_form_says_is_translated(catalogues):
    form = Form(
        "box",
        Text("Box"),
        [
            Field(
                "box",
                Text("Box"),
                help=Text("Box"),
                placeholder=Text("Box"),
                options=[("Box", Text("Box"))],
                value="Box",
            )
        ],
        description=Text("Box"),
        problems=[Problem(Text("{name} has no box.", name="Ann"), "box")],
        submit_label=Text("Box"),
    )

    told = outcome_to_wire(form, catalogues.words("de")).form

    field = told.fields[0]
    assert {told.title, told.description, told.submit_label, field.label, field.help, field.placeholder} == {"Kasten"}
    assert told.problems[0].message == "Für Ann gibt es keinen Kasten."
    assert (field.options[0].value, field.options[0].label, field.value, field.name) == ("Box", "Kasten", "Box", "box")


def test_a_sign_in_page_is_announced_in_the_readers_words(catalogues):
    redirect = Redirect("oauth", "https://origin.example/", title=Text("Box"), description=Text("Box"))

    told = outcome_to_wire(redirect, catalogues.words("de")).redirect

    assert (told.title, told.description) == ("Kasten", "Kasten")


def test_a_description_is_given_in_the_readers_words(catalogues, monkeypatch):
    monkeypatch.setattr(Boxes, "catalogues", catalogues)

    told = description(Boxes(), "de-DE")

    assert (told.display_name, told.description, told.origin) == ("Kasten", "Box", "boxes")


async def test_the_language_of_a_call_decides(catalogues, monkeypatch):
    monkeypatch.setattr(Boxes, "catalogues", catalogues)
    async with running(Boxes()) as client:
        for locale, said in (("de", "Kasten"), ("pt-BR", "Caixa"), ("fr", "Box")):
            form = await client.setup(locale=locale)
            assert (form.title, (await client.describe(locale)).display_name) == (said, said)
            assert [label for _, label in form.fields[0].options] == ["Box", said]


class Shut(Boxes):
    """A connector that refuses everything, in sentences."""

    limits = OriginLimits(reply_max_chars=1_500)

    async def pull(self, pull):
        pull.reply_failed("reply-1", Text("{name} has no box.", name="Ann"))
        if pull.state:
            yield Pulled(None, after=b"after")
        raise AccountRevoked("gone", message_for_agent=Text("{name} has no box.", name=Text("Box")))

    async def channelback(self, reply):
        if reply.thread_id == "moved":
            raise OriginMoved("https://new.example")
        if reply.thread_id == "unmarked":
            raise MessageRejected("In the author's own words.")
        raise MessageRejected(Text.joined(Text("{name} has no box.", name="Ann"), Text("Box")))


REFUSED = {
    "": ("Für Ann gibt es keinen Kasten. Kasten", "Ann has no box. Box"),
    "moved": ("Die Adresse dieses Kontos führt jetzt zu https://new.example.", "now leads to https://new.example."),
    "unmarked": ("In the author's own words.", "In the author's own words."),
}


@pytest.mark.parametrize("thread", REFUSED)
@pytest.mark.parametrize("locale", ["de-CH", ""])
async def test_why_a_reply_failed_is_said_in_the_account_s_language(catalogues, monkeypatch, thread, locale):
    monkeypatch.setattr(Shut, "catalogues", catalogues)
    async with running(Shut()) as client:
        client.locale = locale
        with pytest.raises(ConnectorError) as refused:
            await client.channelback({}, "Hello", thread_id=thread)
    assert REFUSED[thread][0 if locale else 1] in refused.value.message_for_agent


async def test_what_the_sdk_refuses_is_said_with_numbers_as_the_language_writes_them(catalogues, monkeypatch):
    monkeypatch.setattr(Shut, "catalogues", catalogues)
    said = {}
    async with running(Shut()) as client:
        for client.locale in ("de", "pt-BR", "en", "nl"):
            with pytest.raises(MessageRejected) as refused:
                await client.channelback({}, "x" * 2_000)
            said[client.locale] = refused.value.message_for_agent
    assert said["de"] == "Die Antwort hat 2.000 Zeichen, und Kasten nimmt höchstens 1.500 an."
    assert said["pt-BR"] == "A resposta tem 2.000 caracteres, e Caixa aceita no máximo 1.500."
    assert said["en"] == said["nl"] == "The reply has 2,000 characters, and Box takes at most 1,500."


async def test_a_connector_without_catalogues_has_the_sdk_s_sentences_in_the_account_s_language():
    async with running(Shut()) as client:
        client.locale = "fr"
        with pytest.raises(MessageRejected, match="La réponse compte"):
            await client.channelback({}, "x" * 2_000)


@pytest.mark.parametrize("state", [b"", b"before"], ids=["at once", "after a step"])
async def test_why_a_pull_failed_is_said_in_the_account_s_language(catalogues, monkeypatch, state):
    monkeypatch.setattr(Shut, "catalogues", catalogues)
    async with running(Shut()) as client:
        client.locale = "de"
        try:
            page = await client.pull({}, state)
            error = page.interruption
            assert page.failed_replies == {"reply-1": "Für Ann gibt es keinen Kasten."}
        except AccountRevoked as raised:
            error = raised
    assert error is not None
    assert error.message_for_agent == "Für Kasten gibt es keinen Kasten."


def test_texts_of_a_package_that_connectors_share_are_translated_to_the_languages_of_each(catalogues, tmp_path):
    shared = tmp_path / "shared_boxes" / "locales"
    shared.mkdir(parents=True)
    (tmp_path / "shared_boxes" / "__init__.py").touch()
    (shared / "de.po").write_text(GERMAN.replace("Box", "Crate").replace("Kasten", "Kiste"), encoding="utf-8")
    both = Catalogues("boxes_package", "shared_boxes")
    assert [both.words("de")(Text(each)) for each in ("Box", "Crate")] == ["Kasten", "Kiste"]
    assert both.words("pt-BR")(Text("Crate")) == "Crate", "it has no Portuguese"
