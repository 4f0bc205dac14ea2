# SPDX-License-Identifier: Apache-2.0
"""
`python -m sealock_connector.healthy [HOST:PORT [SERVICE]]`: whether a connector serves; the exit status says it.

For health checks of containers. Asks the listener of `--health-listen`, by default what the environment names for it,
on this machine. SERVICE is one of those of gRPC's health checking, such as `liveness`; by default the whole server.
"""

from __future__ import annotations

import os
import sys
from typing import Any, cast

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SECONDS = 3.0
DEFAULT = "127.0.0.1:9080"


def is_serving(address: str, service: str = "") -> bool:
    """Whether the health service at `host:port` says SERVING of a service, within three seconds."""
    with grpc.insecure_channel(address) as channel:
        stub = cast("Any", health_pb2_grpc).HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main() -> int:
    """The program: 0 if it serves, 1 if not."""
    listens = os.environ.get("SEALOCK_CONNECTOR_HEALTH_LISTEN", DEFAULT)
    here = f"127.0.0.1:{listens.rpartition(':')[2]}"
    return 0 if is_serving(*(sys.argv[1:] or [here])) else 1


if __name__ == "__main__":
    sys.exit(main())
