# SPDX-License-Identifier: Apache-2.0
"""WordPress's connector: comments to Zendesk, agents' replies back, through the site's own REST API."""
