# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 as edge and connectors speak it to others: llhttp reads it, connections are checked and kept."""
