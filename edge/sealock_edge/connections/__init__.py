# SPDX-License-Identifier: Apache-2.0
"""What a connection may cost before the application is asked: in bytes, seconds and number."""

from sealock_edge.connections.accepting import Accepting, places
from sealock_edge.connections.counting import Connections, Rules
from sealock_edge.connections.limits import Limit
from sealock_edge.connections.protocol import HttpConnection

__all__ = ["Accepting", "Connections", "HttpConnection", "Limit", "Rules", "places"]
