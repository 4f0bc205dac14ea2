# SPDX-License-Identifier: Apache-2.0
"""What the edge tells those who run it: metrics and log lines. Neither ever holds a secret or a message."""

from sealock_edge.telemetry.logs import Journal
from sealock_edge.telemetry.metrics import ConnectionMetrics, IntegrationMetrics, Metrics

__all__ = ["ConnectionMetrics", "IntegrationMetrics", "Journal", "Metrics"]
