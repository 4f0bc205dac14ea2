# SPDX-License-Identifier: Apache-2.0
"""The edge's configuration: one frozen tree from a TOML file and the environment, checked whole at the start."""

from sealock_edge.config.loading import ConfigError, load, read
from sealock_edge.config.tree import Config, EdgeConfig, IntegrationConfig, Listener, ZendeskConfig

__all__ = ["Config", "ConfigError", "EdgeConfig", "IntegrationConfig", "Listener", "ZendeskConfig", "load", "read"]
