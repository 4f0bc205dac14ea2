# SPDX-License-Identifier: Apache-2.0
"""What the edge and connectors do alike, once."""

__version__ = "0.1.0"
