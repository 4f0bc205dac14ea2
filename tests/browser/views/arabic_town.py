# SPDX-License-Identifier: Apache-2.0
"""A place where everything that people write is Arabic or Hebrew, and one conversation has 200 comments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sealock.connector.v1.setup_pb2 import (
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupResponse,
)
from sealock_devkit.zendesk import LocalZendesk, Settings
from sealock_devkit.zendesk.engine.files import NewFile
from tests.browser.set_up_place import serving_edge, serving_zendesk
from tests.devkit.zendesk.scripted_service import CHANNELBACK, EVENTS, PULL, Canned, ScriptedService, resource
from tests.edge.scripted_connector import ScriptedConnector, described

MAJLIS = "مجلس البحّارة (2.0)!"
QUESTION = "هل تُبحر العبّارة يوم الأحد؟"
LONG = "שיט מסביב לאי: מה השעות?"
ANNOUNCED = "استُبدل رقم 12 بالرقم 14!"
SAILOR = {"external_id": "sailor", "name": "نور الهدى (البحّار)!"}
ACCOUNT = "مرفأ_الأمل_" * 12 + "(قديم)!"
CLOSED = "أُغلق صندوق البريد (422)."
COMMENTS = 200


@dataclass
class ArabicTown:
    """Where it is, with the numbers that the local Zendesk gave."""

    service: ScriptedService
    connector: ScriptedConnector
    zendesk: LocalZendesk
    zendesk_url: str
    edge_url: str
    account: int = 0
    asking: int = 0
    """The account that asks for an update."""
    connected: int = 0
    """An account of the edge's integration."""
    ticket: int = 0
    long_ticket: int = 0


@asynccontextmanager
async def running_arabic_town(folder: Path) -> AsyncIterator[ArabicTown]:
    """All of it, with its story played."""
    quick = Settings(pull_interval_seconds=3600, event_window_seconds=0.01, subdomain="harbour")
    async with (
        ScriptedService() as service,
        ScriptedConnector() as connector,
        LocalZendesk(folder / "zendesk", quick) as zendesk,
        serving_zendesk(zendesk) as zendesk_url,
        serving_edge(folder / "keys", connector, zendesk_url, name=MAJLIS, id="org.example.majlis") as edge_url,
    ):
        connector.script("Describe", described(origin="majlis", display_name=MAJLIS, description=QUESTION))
        town = ArabicTown(service, connector, zendesk, zendesk_url, edge_url)
        await _play(town)
        yield town


async def _play(town: ArabicTown) -> None:
    service, zendesk = town.service, town.zendesk
    service.manifest |= {"name": MAJLIS, "author": "جمعية البحّارة!", "version": "2", "channelback_files": True}
    service.script[EVENTS] = [Canned({"error": CLOSED}, 500)]
    integration = await zendesk.install(service.manifest_url)
    answers = {**service.good_answers, "Site": "مرفأ الأمل (قديم)!"}
    account = await zendesk.add_account(integration, [answers])
    town.account = account.id
    town.asking = (await zendesk.add_account(integration, [{**answers, "Site": "נמל ישן (1)!"}])).id
    info = [{"type": "boat", "data": {"name": "أمل"}}]
    service.resources = [resource("a-1", QUESTION, author=SAILOR, thread_id="a", display_info=info)]
    service.resources += [
        resource(f"l-{number}", f"{number}: {LONG if number else ''}{LONG}", author=SAILOR, thread_id="l")
        for number in range(COMMENTS)
    ]
    service.resources[1]["message"] = LONG
    await zendesk.pull(account.id)
    tickets = {each.subject: each.id for each in zendesk.tickets()}
    town.ticket, town.long_ticket = tickets[QUESTION], tickets[LONG]
    zendesk.reply(town.ticket, "لا أعرف بعد.", agent="إيدا (وكيلة)!", public=False)
    service.script[CHANNELBACK] = [Canned({"error_info": CLOSED}, 422)]
    plan = NewFile("خطة الميناء (1).txt", "text/plain", b"one")
    await zendesk.settled(zendesk.reply(town.ticket, "نعم، في التاسعة!", agent="إيدا (وكيلة)!", files=[plan]))
    service.script[PULL] = [
        Canned({"external_resources": [], "state": "state-2", "metadata_needs_update": True, "error_info": CLOSED})
    ]
    await zendesk.pull(town.asking)
    town.connector.script("Setup", ready())
    majlis = await zendesk.install(f"{town.edge_url}/guestbook/manifest.json")
    town.connected = (await zendesk.add_account(majlis, [{}])).id


def set_up_form(*, with_problems: bool = False) -> SetupResponse:
    """A form whose every word is Arabic."""
    options = [SetupOption(value="all", label="كل شيء (مع القديم)!"), SetupOption(value="new", label="الجديد فقط!")]
    fields = [
        SetupField(name="page", label="الصفحة (العنوان)!", group="الصفحة!", value="مرفأ الأمل!", required=True),
        SetupField(
            name="since",
            label="ما يأتي!",
            group="الصفحة!",
            kind=SetupFieldKind.SETUP_FIELD_KIND_SELECT,
            options=options,
        ),
        SetupField(
            name="words",
            label="كلمات!",
            help="كلمة في كل سطر!",
            value="قارب!",
            kind=SetupFieldKind.SETUP_FIELD_KIND_MULTILINE,
        ),
        SetupField(name="token", label="الرمز!", kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET, placeholder="سرّ!"),
    ]
    problems = [SetupProblem(field="page", message="لا صفحة هنا!"), SetupProblem(message=CLOSED)]
    return SetupResponse(
        form=SetupForm(
            step_id="page",
            title="اربط صفحة!",
            description="تعليقات صفحتك تصبح تذاكر!",
            fields=fields,
            problems=problems if with_problems else [],
            sign_in_label="سجّل الدخول مجدّدًا!",
        )
    )


def ready() -> SetupResponse:
    """The last step."""
    done = SetupDone(account_name=ACCOUNT, account=b"{}", what_to_try="اكتب تعليقًا على الصفحة!")
    return SetupResponse(done=done)
