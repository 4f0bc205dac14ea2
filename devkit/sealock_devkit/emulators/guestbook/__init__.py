# SPDX-License-Identifier: Apache-2.0
"""A guestbook: the smallest origin that people can open, write in, and have Sealock connect to Zendesk."""
