# SPDX-License-Identifier: Apache-2.0
"""What happens around every call: its id, its guards, its integration, its body's limit, its line in the log."""

from sealock_edge.middleware.access_log import AccessLog
from sealock_edge.middleware.body_limit import BodyLimit, BodyRule
from sealock_edge.middleware.lifespan import Lifespan
from sealock_edge.middleware.protection import Protection
from sealock_edge.middleware.request_id import RequestId
from sealock_edge.middleware.routing import Routing
from sealock_edge.middleware.tracing import Tracing

__all__ = ["AccessLog", "BodyLimit", "BodyRule", "Lifespan", "Protection", "RequestId", "Routing", "Tracing"]
