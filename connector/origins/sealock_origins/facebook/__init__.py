# SPDX-License-Identifier: Apache-2.0
"""Facebook's connector: comments, visitors' posts and messages of a Page to Zendesk, agents' replies back."""
