# SPDX-License-Identifier: Apache-2.0
"""
A connector that does its worst, by request: the account's bytes, or a file's reference, say what it answers.

It speaks gRPC without our SDK, as a connector of another author may, with mTLS or in plaintext. It is a process of its
own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import grpc
import uvloop
from grpc_health.v1 import health as _health
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughRequest, ResolveClickthroughResponse
from sealock.connector.v1.connector_service_pb2 import DESCRIPTOR
from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse
from sealock.connector.v1.external_resource_pb2 import FileReference
from sealock.connector.v1.file_pb2 import FileInfo, OpenFileRequest, OpenFileResponse
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock.connector.v1.setup_pb2 import SetupRequest
from sealock_devkit.bench.connector import serve_until_told
from sealock_devkit.bench.hostile import pages
from sealock_devkit.bench.hostile.callers import NICENESS

SERVICE = DESCRIPTOR.services_by_name["ConnectorService"].full_name
FOREVER = 3600.0
CHUNK = bytes(262_144)

Context = grpc.aio.ServicerContext[bytes, bytes]


class Hostile:
    """The calls."""

    def __init__(self) -> None:
        self._description = DescribeResponse(
            origin="hostile",
            display_name="Hostile",
            version="1",
            capabilities=[
                Capability.CAPABILITY_CHANNELBACK,
                Capability.CAPABILITY_CLICKTHROUGH,
                Capability.CAPABILITY_FILES,
                Capability.CAPABILITY_EVENTS,
            ],
            clickthrough_hosts=["blog.example"],
        )

    async def describe(self, _request: bytes, _context: Context) -> bytes:
        """In good order, until it is asked for something else."""
        return self._description.SerializeToString()

    async def pull(self, request: bytes, context: Context) -> bytes:
        """What the account is called."""
        wanted = PullRequest.FromString(request).account.decode()
        match wanted:
            case "never":
                await asyncio.sleep(FOREVER)
            case "metadata":
                context.set_trailing_metadata([(f"x-{number}", "v" * 7000) for number in range(1000)])
            case "long-details":
                await context.abort(grpc.StatusCode.INTERNAL, "d" * 8_000_000)
            case "initial-metadata":
                await context.send_initial_metadata([(f"x-{number}", "v" * 7000) for number in range(1000)])
            case "files":
                return self._files()
            case "described":
                self._description.clickthrough_hosts.extend(["a.example"] * pages.MILLION)
        return await asyncio.to_thread(pages.page, wanted) if wanted in pages.PULLS else b""

    def _files(self) -> bytes:
        references = ("endless", "drip", "empty", "stuck")
        files = [FileReference(name=f"{reference}.bin", reference=reference) for reference in references]
        return PullResponse(resources=[pages.resource(files=files)]).SerializeToString()

    async def setup(self, request: bytes, _context: Context) -> bytes:
        """What the administrator's language is called."""
        wanted = SetupRequest.FromString(request).locale
        return await asyncio.to_thread(pages.page, wanted if wanted in pages.SETUPS else "set-up-small")

    async def open_file(self, request: bytes, _context: Context) -> AsyncGenerator[bytes]:
        """What its reference is called."""
        reference = OpenFileRequest.FromString(request).reference
        yield OpenFileResponse(info=FileInfo(name="a", content_type="text/plain")).SerializeToString()
        chunks = {"endless": CHUNK, "drip": b"a", "empty": b""}
        if reference not in chunks:
            await asyncio.sleep(FOREVER)
        part = OpenFileResponse(chunk=chunks[reference]).SerializeToString()
        while True:
            yield part

    async def resolve(self, request: bytes, _context: Context) -> bytes:
        """A long URL."""
        asked = ResolveClickthroughRequest.FromString(request).external_id
        url = "https://blog.example/" + ("a" * 15_000_000 if asked == "long" else "a")
        return ResolveClickthroughResponse(url=url).SerializeToString()

    async def event(self, _request: bytes, _context: Context) -> bytes:
        """Not for a long time."""
        await asyncio.sleep(FOREVER)
        return b""


async def serve(listen: str, credentials: grpc.ServerCredentials | None) -> None:
    """Answer until SIGTERM."""
    hostile = Hostile()
    unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "Describe": unary(hostile.describe),
        "Setup": unary(hostile.setup),
        "Pull": unary(hostile.pull),
        "ResolveClickthrough": unary(hostile.resolve),
        "HandleEvent": unary(hostile.event),
        "OpenFile": stream(hostile.open_file),
    }
    options = [("grpc.max_concurrent_streams", 100_000), ("grpc.max_send_message_length", -1)]
    server = grpc.aio.server(options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    healthy = cast("Any", _health).aio.HealthServicer()
    cast("Any", health_pb2_grpc).add_HealthServicer_to_server(healthy, server)
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    if credentials is None:
        server.add_insecure_port(listen)
    else:
        server.add_secure_port(listen, credentials)
    await serve_until_told(server, grace=0)


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    options = parser.parse_args()
    os.nice(NICENESS)
    credentials = None
    if options.certificate:
        pair = (options.key.read_bytes(), options.certificate.read_bytes())
        credentials = grpc.ssl_server_credentials([pair])
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(options.listen, credentials))


if __name__ == "__main__":
    main()
