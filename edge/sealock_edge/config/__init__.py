# SPDX-License-Identifier: Apache-2.0
"""The edge's configuration: one frozen tree from TOML files and the environment, checked whole at the start."""

from sealock_edge.config.declaring import Listener
from sealock_edge.config.loading import ConfigError, load, read
from sealock_edge.config.settings import (
    VALIDATE_TOKEN,
    Config,
    ConnectionsConfig,
    EdgeConfig,
    IntegrationConfig,
    ZendeskConfig,
)

__all__ = [
    "VALIDATE_TOKEN",
    "Config",
    "ConfigError",
    "ConnectionsConfig",
    "EdgeConfig",
    "IntegrationConfig",
    "Listener",
    "ZendeskConfig",
    "load",
    "read",
]
