# SPDX-License-Identifier: Apache-2.0
"""What the form says of a site that cannot be connected: what is so, and where at the site it can be mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealock_connector import Cause, ConnectorError, OriginThrottled, Text
from sealock_connector.egress import AnswerPacked
from sealock_origins.wordpress.discovery import tells_more
from sealock_origins.wordpress.refusals import Refused

OTHER_SITE = Text("An account stays with its site. Add another account for another site.")
NO_WORDPRESS = Text(
    "No WordPress answers at this address, or its REST API cannot be found. Open the address with /wp-json/ at its end "
    "in a browser: if no JSON comes, save Settings, Permalinks in WordPress once, and see which plug-in hides the API."
)
"""
An address that may not be called, one where nothing answers and one where something else does are not told apart, or
the form would tell what is inside our network.
"""
ONLY_HTTPS = Text(
    "No WordPress answers at this address. Use https: over http anyone on the way could read the password."
)
NO_COMMENTS = Text(
    "The site's REST API has no comments. A plug-in such as Disable Comments has switched them off: in its settings, "
    "allow comments over the REST API, at least for this user."
)
NO_PASSWORDS = Text(
    "The site takes no application passwords. WordPress offers them only over https, and a plug-in may switch them "
    "off: in Wordfence it is under All Options, in other plug-ins for security under the REST API or users."
)
NO_PASSWORDS_FOR_USER = Text(
    "WordPress gives this user no application passwords: a plug-in allows them to some users only. Allow them to this "
    "one in its settings, or take a user who has them."
)
WRONG_PASSWORD = Text(
    "WordPress does not accept this user name and application password. Copy the password as it was shown. If it is "
    "right, a plug-in may want a second factor from this user, or the web server may not pass the Authorization header "
    "on: save Settings, Permalinks in WordPress once."
)
OWN_PASSWORD = Text(
    "WordPress does not accept this. An application password has 24 letters and digits, and is not the password the "
    "user signs in with: make one in WordPress under Users, Profile, Application Passwords."
)
HEADER_DROPPED = Text(
    "The password is right, but the web server does not pass the Authorization header on to WordPress. Save Settings, "
    "Permalinks in WordPress once, which writes a rule for it; or whoever runs the server has to let it through."
)
SECOND_FACTOR = Text(
    "The site wants a second factor from this user, which a program does not have. In the plug-in that asks for it, "
    "exempt this user, or application passwords; or take a user without it."
)
BUSY = Text("The site asks to slow down. Try again in a minute.")
FAILED = Text("The site did not answer as WordPress does. Try again, and look at the site if it goes on.")
PACKED = Text(
    "The site compresses its answers in a form that was not asked for. At the host, or in the plug-in that does it, "
    "switch brotli or zstd off for the addresses below /wp-json/."
)
_AT_THE_SITE: Final[Mapping[Cause, Text]] = {
    Cause.MAINTENANCE: Text(
        "The site is being maintained, or is not open yet. Try again when that is over. After a failed update, delete "
        "the file .maintenance there; a coming-soon plug-in has to let the REST API (/wp-json/) through."
    ),
    Cause.CHALLENGE: Text(
        "A captcha or bot check in front of the site wants to see a person. At the host, or in the firewall's own "
        "rules (Cloudflare: Security, WAF), let calls to /wp-json/ pass whose user agent begins with Sealock."
    ),
    Cause.HOST_PASSWORD: Text(
        "The site's host asks for a password of its own, or leads to a sign-in page. Take that off the addresses below "
        "/wp-json/ there: a call has room for one password, and that is the application password."
    ),
    Cause.FIREWALL: Text(
        "A firewall or a security plug-in refuses the calls. In Wordfence, Solid Security, WP Cerber or what the site "
        "has, or at its host, allow this integration's address, and the REST API (/wp-json/)."
    ),
    Cause.UNREADABLE: Text(
        "The answers of the site's REST API are broken. Look at /wp-json/wp/v2/comments in a browser: a plug-in, or "
        "PHP's warnings, add to it (switch WP_DEBUG_DISPLAY off), or a cache cuts it (take /wp-json/ out of it)."
    ),
    Cause.TOO_LARGE: Text(
        "A comment, or what a plug-in adds to it in the REST API, is more than is taken. Shorten or delete the comment "
        "in WordPress, or switch that plug-in off."
    ),
    Cause.ORIGIN_FAILED: Text(
        "The site reports an error. Look into the error log at its host, switch off the plug-in that was changed last, "
        "and try again."
    ),
    Cause.TIMED_OUT: Text(
        "The site takes too long to answer. Try again; if that lasts, its host has to give it more memory and time."
    ),
    Cause.CONNECTION_BROKEN: Text(
        "The site breaks connections off before its answer is whole. Try again; if that lasts, look into the error log "
        "at its host: PHP may end there for want of memory."
    ),
    Cause.REDIRECT_LOOP: Text(
        "The site's redirects lead round in a circle. Rules for https or www contradict each other: those of the host, "
        "of a plug-in, and the addresses under Settings, General in WordPress."
    ),
    Cause.MOVED: Text("The site's address leads to another one. Enter the address that a browser shows in the end."),
    Cause.CERTIFICATE: Text(
        "The certificate of the site is not trusted: it may have expired, be for another name, or come without its "
        "intermediate certificates. Renew it at the host."
    ),
    Cause.SUSPENDED: Text("The site was switched off by its host. Ask there, and try again when it is back."),
    Cause.ROUTE_MISSING: Text(
        "The web server does not let through what a reply needs: calls that write (POST) to /wp-json/. Allow them at "
        "the host."
    ),
    Cause.CREDENTIALS_DROPPED: HEADER_DROPPED,
    Cause.NOT_ITS_API: Text(
        "Something else than WordPress's REST API answers. Look at /wp-json/wp/v2/comments in a browser, and see which "
        "plug-in, cache or rule of the host puts its own answer there."
    ),
}


def sentence_of(error: Exception, *, known: bool = False) -> Text:
    """
    What the form says of an error.

    `known` says that a WordPress was there just now: then it gives nothing away to say what is in the way.
    """
    if isinstance(error, OriginThrottled) and error.cause is None:
        return BUSY
    if isinstance(error, AnswerPacked):
        return PACKED
    if isinstance(error, ConnectorError) and error.cause is not None and (known or tells_more(error)):
        return _AT_THE_SITE.get(error.cause) or error.cause.sentence_about("WordPress")
    return FAILED if isinstance(error, Refused) or known else NO_WORDPRESS


def rest_refused(refused: Refused) -> Text:
    """What the form says where the site lets nobody use its REST API."""
    if refused.locked_out:
        return Text(
            "The site lets nobody in for a while, after wrong passwords. Wait, or take this integration's address off "
            "the block list of the plug-in that limits sign-ins. The site says: {words}",
            words=refused.words,
        )
    if refused.header_taken:
        return Text(
            "A plug-in that signs people in by tokens takes the Authorization header for its own. In its settings, "
            "leave the addresses below /wp/v2/ out. The site says: {words}",
            words=refused.words,
        )
    return Text(
        "The site refuses its REST API. A plug-in for security or members may have switched it off: in its settings, "
        "allow the REST API to this user. The site says: {words}",
        words=refused.words,
    )
