# SPDX-License-Identifier: Apache-2.0
"""The local Zendesk's web pages, for people: what the JSON API does, to be seen and clicked."""
