# SPDX-License-Identifier: Apache-2.0
"""Texts of origins, as protobuf takes them."""

from __future__ import annotations


def sound(text: str) -> str:
    """
    The text as valid Unicode.

    Origins' JSON may hold halves of surrogate pairs, which no UTF-8 can carry: pairs are joined, and a half that
    is alone becomes U+FFFD.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
