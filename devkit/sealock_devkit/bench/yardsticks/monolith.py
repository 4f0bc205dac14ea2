# SPDX-License-Identifier: Apache-2.0
"""
The usual way, for comparison: a threaded Flask service that does everything itself.

No sealing, no gRPC, no checks: it reads the form, believes the metadata, waits for its origin in a thread, and answers.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from flask import Flask, Response, jsonify, request

from sealock_devkit.bench.connector import pull_response


def create_app() -> Flask:
    """The service; `BENCH_RESOURCES`, `BENCH_CHARS` and `BENCH_DELAY` say what its origin is like."""
    delay = float(os.environ.get("BENCH_DELAY", "0"))
    resources, chars = int(os.environ.get("BENCH_RESOURCES", "20")), int(os.environ.get("BENCH_CHARS", "200"))
    comments = [
        {
            "id": item.external_id,
            "text": item.message,
            "html": item.html_message,
            "thread": item.thread_id,
            "at": item.create_time.ToJsonString(),
            "user": item.author.external_id,
            "user_name": item.author.name,
        }
        for item in pull_response(resources, chars).resources
    ]
    app = Flask("monolith")

    @app.post("/bench/pull")
    def pull() -> Response:
        json.loads(request.form["metadata"])
        json.loads(request.form["state"] or "{}")
        if delay:
            time.sleep(delay)
        return jsonify(
            external_resources=[external_resource(comment) for comment in comments], state=json.dumps({"since": 1})
        )

    return app


def external_resource(comment: dict[str, Any]) -> dict[str, Any]:
    """One comment of the origin as an external resource."""
    return {
        "external_id": comment["id"],
        "message": comment["text"],
        "html_message": comment["html"],
        "thread_id": comment["thread"],
        "created_at": comment["at"],
        "author": {"external_id": comment["user"], "name": comment["user_name"]},
    }
