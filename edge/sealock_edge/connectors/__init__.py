# SPDX-License-Identifier: Apache-2.0
"""The client's side of the contract: channels, calls, deadlines, errors. Knows nothing of HTTP or sealing."""

from sealock_edge.connectors.client import Budget, ConnectorClient, UntilGone
from sealock_edge.connectors.connector import Connector
from sealock_edge.connectors.errors import (
    CallerGone,
    ConnectorDown,
    ConnectorError,
    ConnectorFaulty,
    ConnectorRefused,
    OutOfTime,
)
from sealock_edge.connectors.faults import SENTENCES, Fault
from sealock_edge.connectors.streaming import OpenedFile, OpenReplyFiles

__all__ = [
    "SENTENCES",
    "Budget",
    "CallerGone",
    "Connector",
    "ConnectorClient",
    "ConnectorDown",
    "ConnectorError",
    "ConnectorFaulty",
    "ConnectorRefused",
    "Fault",
    "OpenReplyFiles",
    "OpenedFile",
    "OutOfTime",
    "UntilGone",
]
