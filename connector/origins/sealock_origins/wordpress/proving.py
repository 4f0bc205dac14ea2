# SPDX-License-Identifier: Apache-2.0
"""What an administrator entered, tried at the site: every call that an account needs, with its own credentials."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sealock_connector import Cause, ConnectorError, Problem, Text
from sealock_connector.egress import OriginClient
from sealock_origins.wordpress.accounts import MODERATE, NOT_MODERATING, WRITES_AS_NOBODY, account_error
from sealock_origins.wordpress.api import Api, Listed
from sealock_origins.wordpress.comments import User
from sealock_origins.wordpress.discovery import (
    Discovery,
    FoundSite,
    NotWordPress,
    RestRefused,
    tells_more,
    typed_site,
)
from sealock_origins.wordpress.ids import BadSite, same_site
from sealock_origins.wordpress.refusals import NOBODY, PASSWORDS_OFF, UNAUTHORIZED, Refused
from sealock_origins.wordpress.replies.calls import ReplyCalls
from sealock_origins.wordpress.replies.replying import UPLOAD
from sealock_origins.wordpress.sentences import (
    HEADER_DROPPED,
    NO_COMMENTS,
    NO_PASSWORDS,
    NO_PASSWORDS_FOR_USER,
    ONLY_HTTPS,
    OTHER_SITE,
    OWN_PASSWORD,
    SECOND_FACTOR,
    WRONG_PASSWORD,
    rest_refused,
    sentence_of,
)

_NO_POST = 2**31 - 1
"""The number of a post that no site has."""
_WOULD_PASS = {
    "rest_comment_closed",
    "rest_cannot_read_post",
    "rest_comment_invalid_post_id",
    "rest_comment_draft_post",
    "rest_comment_trash_post",
    "comment_flood",
}
_APPLICATION_PASSWORD = re.compile(r"[A-Za-z0-9]{24}", re.ASCII)


class WrongAnswer(Exception):
    """An answer of the form is wrong."""

    def __init__(self, sentence: Text, field: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(sentence, field)


@dataclass(frozen=True, slots=True)
class Proving:
    """
    Tries what was entered. Raises `WrongAnswer`.

    A password that was kept and not `typed_anew` goes to the account's own site only.
    """

    http: OriginClient
    user: str
    password: str = field(repr=False)
    typed_anew: bool

    async def find_site(self, typed: str, old: str) -> FoundSite:
        """The site at the typed address; with `old`, the account's site, wherever it has moved."""
        try:
            address = typed_site(typed)
        except BadSite as bad:
            raise WrongAnswer(bad.sentence, "site") from None
        found = await self._discovered(address)
        if not old or same_site(found.site, old):
            return found
        if not same_site(address, old) and not await self._leads_to(old, found):
            raise WrongAnswer(OTHER_SITE, "site")
        if not self.typed_anew:
            raise WrongAnswer(
                Text(
                    "The site has moved to {site}. Enter the application password again, so that it is sent there.",
                    site=found.site,
                ),
                "password",
            )
        return found

    async def _discovered(self, address: str) -> FoundSite:
        try:
            return await self._discovery().find(address)
        except RestRefused as off:
            if off.refused.second_factor:
                raise WrongAnswer(SECOND_FACTOR, "user") from None
            raise WrongAnswer(rest_refused(off.refused), "site") from None
        except (NotWordPress, BadSite, ConnectorError) as error:
            if address.startswith("http://") and not (isinstance(error, ConnectorError) and tells_more(error)):
                return await self._discovered_by_https(address)
            raise WrongAnswer(sentence_of(error), "site") from None

    async def _discovered_by_https(self, address: str) -> FoundSite:
        try:
            return await self._discovery().find(f"https{address.removeprefix('http')}")
        except (RestRefused, NotWordPress, BadSite, ConnectorError):
            raise WrongAnswer(ONLY_HTTPS, "site") from None

    def _discovery(self) -> Discovery:
        return Discovery(self.http, (self.user, self.password), anywhere=self.typed_anew)

    async def _leads_to(self, old: str, found: FoundSite) -> bool:
        """Whether the account's own address redirects to the site that was found."""
        try:
            return same_site((await self._discovery().find(old)).site, found.site)
        except (RestRefused, NotWordPress, BadSite, ConnectorError):
            return False

    async def sign_in(self, api: Api, found: FoundSite) -> User:
        """The user of the password, who may moderate."""
        try:
            user = await api.who_we_are()
        except Refused as refused:
            raise await self._not_signed_in(api, found, refused) from None
        except ConnectorError as error:
            raise WrongAnswer(sentence_of(error, known=True), "site") from None
        if not user.has(MODERATE):
            raise self._may_not_moderate()
        return user

    def _may_not_moderate(self) -> WrongAnswer:
        return WrongAnswer(
            Text("{user} may not moderate comments. Take an editor or an administrator of the site.", user=self.user),
            "user",
        )

    async def _not_signed_in(self, api: Api, found: FoundSite, refused: Refused) -> WrongAnswer:
        if refused.second_factor:
            return WrongAnswer(SECOND_FACTOR, "user")
        if refused.code == "application_passwords_disabled_for_user":
            return WrongAnswer(NO_PASSWORDS_FOR_USER, "user")
        if refused.code in PASSWORDS_OFF or not found.takes_passwords:
            return WrongAnswer(NO_PASSWORDS, "site")
        if refused.code in NOBODY:
            return WrongAnswer(await self._what_is_wrong(api), "password")
        if refused.status != UNAUTHORIZED or refused.locked_out or refused.header_taken:
            return WrongAnswer(rest_refused(refused), "site")
        return WrongAnswer(
            Text("The site does not let {user} in. It says: {words}", user=self.user, words=refused.words), "password"
        )

    async def _what_is_wrong(self, api: Api) -> Text:
        """What is wrong with a password of which WordPress says no more than that nobody has signed in."""
        if not _APPLICATION_PASSWORD.fullmatch(re.sub(r"\s", "", self.password)):
            return OWN_PASSWORD
        try:
            error = await account_error(api)
        except ConnectorError:
            return WRONG_PASSWORD
        dropped = error is not None and error.cause is Cause.CREDENTIALS_DROPPED
        return HEADER_DROPPED if dropped else WRONG_PASSWORD

    async def check_reading(self, api: Api, user: User) -> Listed:
        """The newest comment, read as it is pulled."""
        try:
            return await api.listed(newest_first=True, count=1)
        except Refused as refused:
            raise self._lacks(refused, user, "edit_posts") from None
        except ConnectorError as error:
            raise WrongAnswer(sentence_of(error, known=True), "site") from None

    async def check_writing(self, api: Api, newest: Listed, user: User, *, files: bool) -> None:
        """Whether a reply could be posted, with `files` where that is wanted."""
        answered = newest.comments[0] if newest.comments else None
        calls = ReplyCalls(api)
        try:
            await calls.check_writing(
                post=answered.post if answered else _NO_POST, parent=answered.id if answered else 0
            )
        except Refused as refused:
            if refused.code not in _WOULD_PASS:
                raise self._lacks(refused, user, "") from None
        except ConnectorError as error:
            raise WrongAnswer(sentence_of(error, known=True), "site") from None
        if files and not await calls.may_upload():
            raise WrongAnswer(
                Text(
                    "{user} may not upload files ({right}), which replies with files need. Give the user this right, "
                    "or choose to go without.",
                    user=self.user,
                    right=UPLOAD,
                ),
                "files",
            )

    def _lacks(self, refused: Refused, user: User, right: str) -> WrongAnswer:
        """What is missing for a call of comments."""
        if refused.code == "rest_no_route":
            return WrongAnswer(NO_COMMENTS, "site")
        if refused.code == NOT_MODERATING:
            return self._may_not_moderate()
        if refused.code == WRITES_AS_NOBODY:
            return WrongAnswer(HEADER_DROPPED, "password")
        if refused.code == "rest_forbidden_param" and not user.has(right):
            return WrongAnswer(
                Text("{user} lacks a right in WordPress that is needed: {right}.", user=self.user, right=right), "user"
            )
        if refused.code == "rest_invalid_param":
            return WrongAnswer(
                Text(
                    "The site's REST API does not take what is needed to read comments in order. A plug-in may have "
                    "changed it. The site says: {words}",
                    words=refused.words,
                ),
                "site",
            )
        return WrongAnswer(
            Text(
                "WordPress does not let {user} work with comments. A plug-in for security or roles may be in the way. "
                "It says: {words}",
                user=self.user,
                words=refused.words,
            ),
            "user",
        )
