# SPDX-License-Identifier: Apache-2.0
"""The browsers of administrators and agents, without a screen: the admin UI, and links to the origin."""
