# SPDX-License-Identifier: Apache-2.0
"""The installer app: a package for Zendesk whose only purpose is to name an integration's manifest."""
