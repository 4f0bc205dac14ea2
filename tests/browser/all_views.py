# SPDX-License-Identifier: Apache-2.0
"""All views of the three programs, and the routes that show no page."""

from __future__ import annotations

from tests.browser.views_of_the_edge import EDGE_VIEWS, NO_PAGES_OF_THE_EDGE
from tests.browser.views_of_the_guestbook import GUESTBOOK_VIEWS, NO_PAGES_OF_THE_GUESTBOOK
from tests.browser.views_of_zendesk import NO_PAGES_OF_ZENDESK, ZENDESK_VIEWS

ALL_VIEWS = (*EDGE_VIEWS, *ZENDESK_VIEWS, *GUESTBOOK_VIEWS)
NO_PAGES = {**NO_PAGES_OF_THE_EDGE, **NO_PAGES_OF_ZENDESK, **NO_PAGES_OF_THE_GUESTBOOK}
"""By route: what is there instead."""
TRANSLATED_VIEWS = EDGE_VIEWS
