# SPDX-License-Identifier: Apache-2.0
"""Serving a connector: the command line, the gRPC server, and what happens between a call and the connector."""
