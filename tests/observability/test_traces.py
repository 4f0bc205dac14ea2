# SPDX-License-Identifier: Apache-2.0
"""One trace leads from Zendesk's call through the connector to the origin, and holds no secret."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sealock_devkit.stack.stack import Options, Stack
from tests.observability.main_job import main_job

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

ATTRIBUTES = {
    "sealock.request_id",
    "sealock.integration",
    "sealock.outcome",
    "sealock.cause",
    "rpc.system",
    "rpc.method",
    "rpc.response.status_code",
    "http.request.method",
    "http.response.status_code",
}


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Takes traces by OTLP over HTTP: its address, and the bodies so far."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()
    thread.join()


async def test_one_trace_leads_from_zendesks_call_to_the_origin(tmp_path):
    with collector() as (url, bodies):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
        async with Stack(tmp_path, options=Options(environment=environment)) as stack:
            await main_job(stack)
            secrets = list(stack.origin.secrets)
    services, spans = set(), {}
    for body in bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            services |= {each.value.string_value for each in resource.resource.attributes if each.key == "service.name"}
            spans |= {span.span_id: span for scope in resource.scope_spans for span in scope.spans}
    assert services == {"sealock-edge", "sealock-connector-guestbook"}
    for endpoint, rpc in (("pull", "ConnectorService/Pull"), ("channelback", "ConnectorService/Channelback")):
        paths = set()
        for origin in (span for span in spans.values() if span.name == "origin"):
            call = spans[origin.parent_span_id]
            above = spans.get(call.parent_span_id)
            if above is not None:
                assert origin.trace_id == call.trace_id == above.trace_id
                paths.add((above.name, call.name))
        assert (endpoint, rpc) in paths
    assert {attribute.key for span in spans.values() for attribute in span.attributes} <= ATTRIBUTES
    assert not any(span.events for span in spans.values())
    sent = b"".join(bodies)
    assert not any(secret.encode() in sent for secret in [*secrets, "A question", "An answer"])
