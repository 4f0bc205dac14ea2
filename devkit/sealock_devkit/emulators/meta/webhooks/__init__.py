# SPDX-License-Identifier: Apache-2.0
"""Webhooks: what is told, to whom, signed how, and what happens when nobody listens."""
