# SPDX-License-Identifier: Apache-2.0
"""Zendesk's own REST API for channel integrations: what a service calls by itself."""
