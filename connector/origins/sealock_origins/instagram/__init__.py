# SPDX-License-Identifier: Apache-2.0
"""Instagram's connector: comments, mentions and messages of a professional account to Zendesk, replies back."""
