# SPDX-License-Identifier: Apache-2.0
"""What a browser shows in Zendesk's frame, and which forms it sends from there."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.browser.rules import form_obstacle, framing_obstacle

PAGE = "https://edge.example/guestbook/admin_ui"
ZENDESK = "https://demo.zendesk.com/zendesk/channels/finalizer"


@pytest.mark.parametrize(
    ("policies", "x_frame_options", "shown"),
    [
        ([], "", True),
        ([], "DENY", False),
        ([], "sameorigin", False),
        ([], "nonsense", True),
        (["default-src 'none'"], "DENY", False),
        (["frame-ancestors https://*.zendesk.com"], "DENY", True),  # frame-ancestors makes the other be ignored
        (["frame-ancestors https://*.zendesk.com"], "", True),
        (["frame-ancestors https://demo.zendesk.com:443"], "", True),
        (["frame-ancestors https://demo.zendesk.com:*"], "", True),
        (["frame-ancestors https://demo.zendesk.com:8443"], "", False),
        (["frame-ancestors *.zendesk.com"], "", True),
        (["frame-ancestors http://*.zendesk.com"], "", True),  # http allows https too
        (["frame-ancestors https:"], "", True),
        (["frame-ancestors *"], "", True),
        (["frame-ancestors https://zendesk.com"], "", False),
        (["frame-ancestors https://*.demo.zendesk.com"], "", False),
        (["frame-ancestors https://other.zendesk.com"], "", False),
        (["frame-ancestors https://zendesk.com.evil.example"], "", False),
        (["frame-ancestors 'none'"], "", False),
        (["frame-ancestors 'self'"], "", False),
        (["frame-ancestors"], "", False),
        (["Frame-Ancestors HTTPS://*.ZENDESK.com; script-src 'none'"], "", True),
        (["frame-ancestors https://*.zendesk.com", "frame-ancestors 'none'"], "", False),  # every policy counts
    ],
)
def test_a_page_is_shown_in_zendesks_frame_only_if_it_allows_that(policies, x_frame_options, shown):
    assert (framing_obstacle(policies, x_frame_options, PAGE, ZENDESK) == "") is shown


@pytest.mark.parametrize(
    ("policies", "action", "sent"),
    [
        ([], ZENDESK, True),
        (["form-action 'self'"], "https://edge.example/step", True),
        (["form-action 'self'"], ZENDESK, False),
        (["form-action 'self' https://demo.zendesk.com"], ZENDESK, True),
        (["form-action 'none'"], ZENDESK, False),
        (["default-src 'none'"], ZENDESK, True),  # form-action has no fallback
        (["form-action 'self'"], "http://edge.example/step", False),
    ],
)
def test_a_form_is_sent_only_where_the_page_allows(policies, action, sent):
    assert (form_obstacle(policies, PAGE, action) == "") is sent
