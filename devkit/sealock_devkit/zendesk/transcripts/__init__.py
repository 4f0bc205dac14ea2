# SPDX-License-Identifier: Apache-2.0
"""Transcripts: what happened, as one file without secrets, which another local Zendesk opens for reading."""
