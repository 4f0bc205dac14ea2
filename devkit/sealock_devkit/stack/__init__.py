# SPDX-License-Identifier: Apache-2.0
"""Real processes on loopback: the local Zendesk, the edge, connectors and an origin, started and stopped together."""
