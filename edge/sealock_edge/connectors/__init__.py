# SPDX-License-Identifier: Apache-2.0
"""The client's side of the contract: channels, calls, deadlines, errors. Knows nothing of HTTP or sealing."""

from sealock_edge.connectors.client import ConnectorClient
from sealock_edge.connectors.connector import Connector
from sealock_edge.connectors.deadlines import Budget
from sealock_edge.connectors.errors import ConnectorDown, ConnectorError, ConnectorFaulty, ConnectorRefused, OutOfTime
from sealock_edge.connectors.opened_file import OpenedFile
from sealock_edge.connectors.replies import Files

__all__ = [
    "Budget",
    "Connector",
    "ConnectorClient",
    "ConnectorDown",
    "ConnectorError",
    "ConnectorFaulty",
    "ConnectorRefused",
    "Files",
    "OpenedFile",
    "OutOfTime",
]
