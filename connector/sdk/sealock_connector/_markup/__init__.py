# SPDX-License-Identifier: Apache-2.0
"""
Strangers' markup, worked on in a time that grows as its size does.

Markup becomes tags and text, these become a well-nested tree of bounded depth that holds only what is known, and only
that is given to a parser. None of it imports the rest of the SDK, so that the processes of `pool` stay small.
"""
