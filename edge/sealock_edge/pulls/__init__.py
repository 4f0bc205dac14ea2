# SPDX-License-Identifier: Apache-2.0
"""Pulls: what webhooks tell for them."""
