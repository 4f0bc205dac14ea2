# SPDX-License-Identifier: Apache-2.0
"""What signing in leaves behind: grants, codes and tokens."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Grant:
    """What a person lets the app do. Its id is `facebook:person` or `instagram:account`."""

    id: str
    person_id: str
    scopes: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    page_ids: list[str] = field(default_factory=list)
    instagram_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Code:
    """What a dialog brings back, to be exchanged once."""

    id: str
    grant_id: str
    redirect_uri: str
    issued: float
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access token. Its id is the token itself."""

    id: str
    kind: str
    """`user`, `page` or `instagram`."""
    grant_id: str
    issued: float
    expires: float = 0
    """0: no date."""
    long_lived: bool = False
    page_id: str = ""
    parent: str = ""
    """The user token that a Page token was made with."""
    dead: str = ""
    """Why the token is dead: a name of `tokens.DEATHS`; empty while it lives."""

    def __repr__(self) -> str:
        return f"Token(kind={self.kind!r}, dead={self.dead!r})"
