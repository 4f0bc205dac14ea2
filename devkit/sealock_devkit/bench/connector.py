# SPDX-License-Identifier: Apache-2.0
"""
A connector that costs next to nothing, so that a measurement shows what stands in front of it.

Its pages are made once and answered as bytes; `--delay` plays a slow origin. It is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable

import grpc
import uvloop
from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1.connector_service_pb2 import DESCRIPTOR
from sealock.connector.v1.describe_pb2 import Capability, DescribeResponse
from sealock.connector.v1.external_resource_pb2 import Author, ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse

SERVICE = DESCRIPTOR.services_by_name["ConnectorService"].full_name
SENTENCE = "The parcel arrived today, but the box was open and one of the two cups is broken. "

Handler = Callable[[bytes, object], Awaitable[bytes]]


def pull_response(resources: int, chars: int) -> PullResponse:
    """An answer of that many resources with a message of that many characters each."""
    text = (SENTENCE * (chars // len(SENTENCE) + 1))[:chars]
    return PullResponse(
        resources=[
            ExternalResource(
                external_id=f"https://blog.example/?p=4#comment-{number}",
                message=text,
                html_message=f"<p>{text}</p>",
                thread_id="https://blog.example/?p=4#comment-1",
                create_time=Timestamp(seconds=1_700_000_000 + number),
                author=Author(external_id=f"user-{number % 7}", name=f"Customer {number % 7}"),
            )
            for number in range(1, resources + 1)
        ],
        state=b'{"since":"2026-01-01T00:00:00Z","ids":[1,2,3]}',
    )


def description(*, files: bool = False) -> DescribeResponse:
    """What the connector says of itself; with `files`, that edges have to remember accounts for links to them."""
    capabilities = [Capability.CAPABILITY_CHANNELBACK, Capability.CAPABILITY_CLICKTHROUGH]
    return DescribeResponse(
        origin="bench",
        display_name="Bench",
        version="1",
        capabilities=[*capabilities, Capability.CAPABILITY_FILES] if files else capabilities,
        clickthrough_hosts=["blog.example"],
    )


def answering(answer: bytes, delay: float = 0.0) -> grpc.RpcMethodHandler[bytes, bytes]:
    """A handler that answers the same bytes each time, after `delay` seconds."""

    async def handle(request: bytes, context: object) -> bytes:  # noqa: ARG001
        if delay:
            await asyncio.sleep(delay)
        return answer

    return grpc.unary_unary_rpc_method_handler(handle)


async def serve(listen: str, resources: int, chars: int, delay: float, *, files: bool) -> None:
    """Answer until SIGTERM."""
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 10_000)])
    handlers = {
        "Describe": answering(description(files=files).SerializeToString()),
        "Pull": answering(pull_response(resources, chars).SerializeToString(), delay),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(listen)
    await serve_until_told(server, grace=1)


async def serve_until_told(server: grpc.aio.Server, *, grace: float) -> None:
    """Serve until SIGTERM or SIGINT; calls under way get so many seconds more."""
    await server.start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await server.stop(grace)


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--resources", type=int, default=20)
    parser.add_argument("--chars", type=int, default=200)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds an origin would take")
    parser.add_argument("--files", action="store_true", help="say that it opens files")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(options.listen, options.resources, options.chars, options.delay, files=options.files))


if __name__ == "__main__":
    main()
