# SPDX-License-Identifier: Apache-2.0
"""What the pages' scripts do, in a real browser: each page is saved, probed after its own script, and read back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sealock.connector.v1.setup_pb2 import SetupField, SetupForm, SetupProblem, SetupRedirect, SetupResponse
from tests.edge.admin_pages import Page, open_set_up

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SITE = SetupField(name="site", label="Site", value="https://g.example")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


def probed(page: Page, probe: str, folder: Path, before: str = "") -> str:
    """What the probe, an expression that runs after the page's script, comes to; `before` runs first of all."""
    text = page.result.text.replace("<head>", f"<head><script>{before}</script>", 1)
    text = text.replace("</body>", f"<script>document.title = 'probe:' + ({probe})</script></body>")
    saved = folder / "page.html"
    saved.write_text(text, encoding="utf-8")
    dumped = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", saved.as_uri()],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    ).stdout
    found = re.search(r"<title>probe:(.*?)</title>", dumped, re.DOTALL)
    assert found is not None, dumped[:500]
    return found[1]


async def form_page(edge, connector, **form: object) -> Page:
    connector.script("Setup", SetupResponse(form=SetupForm(step_id="site", fields=[SITE], **form)))
    return await open_set_up(edge, locale="de")


async def sign_in_page(edge, connector) -> Page:
    redirect = SetupRedirect(step_id="oauth", url="https://origin.example/authorize")
    connector.script("Setup", SetupResponse(redirect=redirect))
    return await open_set_up(edge)


async def test_the_summary_of_problems_has_the_focus(edge, connector, tmp_path):
    page = await form_page(edge, connector, problems=[SetupProblem(field="site", message="No.")])

    assert probed(page, "document.activeElement.id", tmp_path) == "problems"


async def test_a_form_is_sent_once_and_says_that_it_is_being_checked(edge, connector, tmp_path):
    page = await form_page(edge, connector)
    probe = """(() => {
      const form = document.getElementById("set-up");
      let sent = 0;
      form.addEventListener("submit", (event) => { if (!event.defaultPrevented) sent += 1; event.preventDefault(); });
      form.requestSubmit();
      form.requestSubmit();
      return sent + " " + document.getElementById("progress").textContent;
    })()"""

    assert probed(page, probe, tmp_path) == "1 Ihre Angaben werden geprüft. Das kann einige Sekunden dauern."


async def test_a_window_that_was_blocked_leaves_the_way_by_hand(edge, connector, tmp_path):
    page = await sign_in_page(edge, connector)
    probe = """(() => {
      document.getElementById("open").click();
      return document.getElementById("by-hand").open + " " + document.getElementById("progress").textContent;
    })()"""

    said = probed(page, probe, tmp_path, before="window.open = () => null;")

    assert said.startswith("true Your browser blocked the window.")


async def test_a_window_that_opened_is_waited_for(edge, connector, tmp_path):
    page = await sign_in_page(edge, connector)
    probe = """(() => {
      document.getElementById("open").click();
      return document.getElementById("by-hand").open + " " + document.getElementById("progress").textContent;
    })()"""

    said = probed(page, probe, tmp_path, before="window.open = () => ({closed: false, focus() {}});")

    assert said == "false The window is open. Finish signing in there."
