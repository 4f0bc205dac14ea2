# SPDX-License-Identifier: Apache-2.0
"""Our own connectors, one package for each origin."""

__version__ = "0.1.0"
