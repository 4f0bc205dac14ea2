# SPDX-License-Identifier: Apache-2.0
"""Examines a live integration as Zendesk would meet it."""
