# SPDX-License-Identifier: Apache-2.0
"""The edge's routes, on both listeners. A new route needs a row here."""

from __future__ import annotations

from collections.abc import Mapping

from tests.edge.admin_pages import zendesk_form
from tests.safety.programs.routes import ZENDESK, Row

WHERE = "tests/safety/programs/edge_rows.py"

_MANIFEST = Row("/guestbook/manifest.json", may_be_kept=True)
_HEALTH = Row("/guestbook/healthcheck")
_FILE = Row("{file_link}")

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

PUBLIC: Mapping[str, Row] = {
    **{f"{method} /{{integration}}/webhook": Row("/guestbook/webhook", changes=False) for method in _METHODS},
    **{
        f"{method} /{{integration}}/webhook/{{rest:path}}": Row("/guestbook/webhook/a/b?c=d", changes=False)
        for method in _METHODS
    },
    "GET /{integration}/manifest.json": _MANIFEST,
    "HEAD /{integration}/manifest.json": _MANIFEST,
    "POST /{integration}/pull": Row("/guestbook/pull", form={"metadata": "{metadata}", "state": "{state}"}),
    "POST /{integration}/channelback": Row(
        "/guestbook/channelback",
        form={
            "metadata": "{metadata}",
            "message": "Hello",
            "request_unique_identifier": "reply-1",
            "parent_id": "item-1",
            "thread_id": "",
            "recipient_id": "guest-1",
        },
    ),
    "POST /{integration}/event_callback": Row(
        "/guestbook/event_callback?token={event_token}",
        media={
            "events": [
                {
                    "type_id": "create_integration",
                    "timestamp": "2015-10-23T17:42:45Z",
                    "subdomain": "example",
                    "integration_name": "Guestbook",
                    "integration_id": "org.example.guestbook",
                    "error": None,
                    "data": {"manifest_url": "https://channels.example.com/guestbook/manifest.json"},
                }
            ]
        },
    ),
    "GET /{integration}/healthcheck": _HEALTH,
    "HEAD /{integration}/healthcheck": _HEALTH,
    "POST /{integration}/admin_ui": Row(
        "/guestbook/admin_ui", framed_by=ZENDESK, form=zendesk_form(return_url="{return_url}"), page=True
    ),
    "POST /{integration}/admin_ui/step": Row(
        "/guestbook/admin_ui/step",
        framed_by=ZENDESK,
        form={"sealock-form": "{sealed}", "sealock-name": "Name", "site": "x"},
        page=True,
    ),
    "GET /{integration}/admin_ui/callback": Row("/guestbook/admin_ui/callback?code=1&state={sign_in_state}", page=True),
    "GET /{integration}/clickthrough": Row("/guestbook/clickthrough?external_id=1", status=303),
    "GET /{integration}/files/{sealed}/{name}": _FILE,
    "HEAD /{integration}/files/{sealed}/{name}": _FILE,
    "POST /{integration}/files/{sealed}/{name}": Row("{file_link}", form={"metadata": "{metadata}"}),
    "GET /{integration}/about": Row("/guestbook/about", page=True),
    "GET /{integration}/dashboard": Row("/guestbook/dashboard", page=True),
}

INTERNAL: Mapping[str, Row] = {
    "GET /livez": Row("/livez"),
    "GET /readyz": Row("/readyz"),
    "GET /metrics": Row("/metrics"),
}
