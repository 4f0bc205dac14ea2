# SPDX-License-Identifier: Apache-2.0
"""The way to an integration's own pages."""

from __future__ import annotations

import pytest

WAYS = [
    (False, "https://s.example/about?a=1#top", "https://s.example/about?a=1#top"),
    (True, "https://s.example/about?a=1#top", "https://s.example/about?a=1&locale=en-US#top"),
    (True, "https://s.example/about", "https://s.example/about?locale=en-US"),
]


@pytest.mark.parametrize("page", ["about", "dashboard"])
@pytest.mark.parametrize(("locale", "url", "location"), WAYS)
async def test_whether_the_locale_is_told_to_about_page_and_dashboard(
    browser, zendesk, service, page, locale, url, location
):
    zendesk.change_settings({"about_url_locale": locale})
    service.manifest["urls"][f"{page}_url"] = url
    integration = await zendesk.install(service.manifest_url)
    answer = await browser.client.get(f"/channels/{integration.id}/{page}")
    assert (answer.status_code, answer.headers["location"]) == (302, location)


async def test_a_page_that_the_manifest_does_not_name_is_not_there(browser, zendesk, service):
    integration = await zendesk.install(service.manifest_url)
    await browser.open(f"/channels/{integration.id}/about", status=404)
