# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's JSON API: for tests, for the command line, and for pages on top of it."""
