# SPDX-License-Identifier: Apache-2.0
"""Zendesk's own REST API for channel integrations: what a service calls by itself."""

from __future__ import annotations

from sealock_devkit.zendesk.rest.rest_api import RestAnswer, RestApi

__all__ = ["RestAnswer", "RestApi"]
