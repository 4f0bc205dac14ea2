# SPDX-License-Identifier: Apache-2.0
"""Agents' replies: where one goes, its files, and what became of it at the site."""
