# SPDX-License-Identifier: Apache-2.0
"""The guestbook's connector: entries and answers to Zendesk, agents' replies back."""
