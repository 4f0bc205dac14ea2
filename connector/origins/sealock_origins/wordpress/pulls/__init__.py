# SPDX-License-Identifier: Apache-2.0
"""Pulls: the list of comments, what belongs to them, and what of it is new."""
