# SPDX-License-Identifier: Apache-2.0
"""The yardstick: a bare grpc.aio client that calls the connector's Pull in a loop and reads the answer."""

from __future__ import annotations

import argparse
import asyncio
import json
import time

import grpc
import uvloop

from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.pull_pb2 import PullRequest


async def run(target: str, calls: int, at_once: int) -> dict[str, float]:
    """Make `calls` pulls, `at_once` at a time."""
    async with grpc.aio.insecure_channel(target, options=[("grpc.max_receive_message_length", 1 << 24)]) as channel:
        stub = ConnectorServiceStub(channel)
        request = PullRequest(account_id="bench", account=b"x" * 300, state=b"y" * 60, max_resources=200)
        left = calls

        async def worker() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await stub.Pull(request, timeout=30)

        await stub.Pull(request, timeout=30)
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(worker() for _ in range(at_once)))
        took = time.perf_counter() - began
        return {"calls": calls, "seconds": took, "rate": calls / took, "cpu": (time.process_time() - cpu) / calls}


def main() -> None:
    """Run the process and print what it saw as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    print(json.dumps(uvloop.run(run(options.target, options.calls, options.at_once))))  # noqa: T201


if __name__ == "__main__":
    main()
