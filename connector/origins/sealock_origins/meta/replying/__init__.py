# SPDX-License-Identifier: Apache-2.0
"""Agents' replies: what each is to, how a text becomes messages, and how they are sent, each once."""
