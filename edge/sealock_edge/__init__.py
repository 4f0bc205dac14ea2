# SPDX-License-Identifier: Apache-2.0
"""The edge: speaks Zendesk's Channel framework over HTTP, and forwards to connectors over gRPC."""

__version__ = "0.1.0"
