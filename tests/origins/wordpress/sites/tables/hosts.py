# SPDX-License-Identifier: Apache-2.0
"""What hosts and web servers do: maintenance, moves, passwords of their own, what they take off, break or forbid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from sealock_connector import Cause, OriginThrottled
from tests.origins.wordpress.sites.case import Case, Fails, Says, down
from tests.origins.wordpress.sites.host import (
    Answer,
    answers,
    calls,
    comments,
    edits,
    every,
    front,
    in_folder,
    keeps_answers,
    page,
    posts,
    redirects,
    rest,
    strips,
    without_headers,
)


def with_slash(asked):
    """The address with a slash at the end of its path, for one that has none."""
    path, mark, query = asked.target.partition("?")
    return "" if path.endswith("/") else f"{path}/{mark}{query}"


async def leads_to_sign_up(asked, site):
    """A network has its sign-up for whoever asks for a name that it does not know."""
    host, _, port = asked.headers["host"].rpartition(":")
    if host != "localhost":
        return Answer("", 302, {"location": f"http://localhost:{port}/wp-signup.php?new=blog"})
    return page("Get your own account") if "wp-signup" in asked.target else await site(asked)


def in_an_hour():
    """What a clock that is wrong shows."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


CASES = [
    Case(
        "the host asks for fewer calls",
        host=answers(page("Too Many Requests", status=429, retry_after="30")),
        form=Says("site", "slow down"),
        pull=Fails(OriginThrottled),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "WordPress is being updated",
        host=answers(page("Maintenance", "Briefly unavailable for scheduled maintenance.", 503, retry_after="600")),
        form=Says("site", "being maintained"),
        pull=down(Cause.MAINTENANCE),
        reply=down(Cause.MAINTENANCE),
    ),
    Case(
        "Pantheon has put the site into maintenance",
        host=answers(page("503 Target in Maintenance", "This site is currently in maintenance mode.", 503)),
        form=Says("site", "being maintained"),
        pull=down(Cause.MAINTENANCE),
        reply=down(Cause.MAINTENANCE),
    ),
    Case(
        "a coming-soon page answers visitors of pages, and the REST API works",
        host=answers(page("Coming soon", "We are working on something new.", 503, retry_after="3600"), front),
        lasting=True,
    ),
    Case(
        "a coming-soon page answers everything with 200",
        host=answers(page("Coming Soon", "Our new site is on its way.")),
        form=Says("site", "being maintained"),
        pull=down(Cause.MAINTENANCE),
        reply=down(Cause.MAINTENANCE),
    ),
    Case(
        "a staging site wants the host's password for everything",
        host=answers(page("401 Authorization Required", status=401, www_authenticate='Basic realm="Staging"')),
        form=Says("site", "password"),
        pull=down(Cause.HOST_PASSWORD),
        reply=down(Cause.HOST_PASSWORD),
    ),
    Case(
        "the host wants a password for writing only",
        host=answers(page("401 Authorization Required", status=401, www_authenticate='Basic realm="Private"'), posts),
        form=Says("site", "password"),
        reply=down(Cause.HOST_PASSWORD),
    ),
    Case(
        "the web server does not pass the password on",
        host=strips("authorization"),
        form=Says("password", "Authorization header"),
        pull=down(Cause.CREDENTIALS_DROPPED),
        reply=down(Cause.CREDENTIALS_DROPPED),
    ),
    Case(
        "the site has moved to another name, and the old one redirects",
        host=redirects(lambda asked: "" if "localhost" in asked.headers["host"] else asked.at("localhost")),
        pull=None,
        lasting=True,
    ),
    Case(
        "the site has moved since the account was made",
        host=redirects(lambda asked: "" if "localhost" in asked.headers["host"] else asked.at("localhost")),
        form=None,
        pull=down(Cause.MOVED, "localhost"),
        reply=down(Cause.MOVED, "localhost"),
    ),
    Case(
        "the pages redirect to another name, and the REST API does not",
        host=redirects(lambda asked: "" if "localhost" in asked.headers["host"] else asked.at("localhost"), 302, front),
        lasting=True,
    ),
    Case(
        "the web server adds a slash to every address",
        host=redirects(with_slash, 301, rest),
        lasting=True,
    ),
    Case(
        "the web server adds a slash to the address of what is written",
        host=redirects(with_slash, 301, posts),
        lasting=True,
    ),
    Case(
        "redirects lead in a circle",
        host=redirects(lambda asked: asked.target),
        form=Says("site", "redirect"),
        pull=down(Cause.REDIRECT_LOOP),
        reply=down(Cause.REDIRECT_LOOP),
    ),
    Case(
        "the hosting was suspended",
        host=redirects(lambda asked: "" if "cgi-sys" in asked.target else "/cgi-sys/suspendedpage.cgi", 302, every),
        form=Says("site", "switched off by its host"),
        pull=Fails(),
        reply=Fails(),
    ),
    Case(
        "the hosting was suspended, with a page in place of the site",
        host=answers(page("Account Suspended", "This Account has been suspended. Contact your hosting provider.", 503)),
        form=Says("site", "switched off"),
        pull=down(Cause.SUSPENDED),
        reply=down(Cause.SUSPENDED),
    ),
    Case(
        "the web server's own first page answers",
        host=answers(page("Welcome to nginx!", "If you see this page, the web server is successfully installed.")),
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.NOT_ITS_API),
        reply=down(Cause.NOT_ITS_API),
    ),
    Case(
        "the domain is for sale",
        host=answers(page("example.test is for sale", "Buy this domain.")),
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.NOT_ITS_API),
        reply=down(Cause.NOT_ITS_API),
    ),
    Case(
        "the web server knows no REST API",
        host=answers(page("404 Not Found", "nginx", 404), rest),
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.NOT_ITS_API),
        reply=down(Cause.NOT_ITS_API),
    ),
    Case(
        "the database is gone",
        host=answers(page("Error establishing a database connection", status=500)),
        form=Says("site", "reports an error"),
        pull=down(Cause.ORIGIN_FAILED),
        reply=down(Cause.ORIGIN_FAILED),
    ),
    Case(
        "PHP does not answer the web server",
        host=answers(page("502 Bad Gateway", "nginx", 502)),
        form=Says("site", "reports an error"),
        pull=down(Cause.ORIGIN_FAILED),
        reply=down(Cause.ORIGIN_FAILED),
    ),
    Case(
        "Cloudflare does not reach the web server",
        host=answers(page("example.test | 522: Connection timed out", status=522, server="cloudflare")),
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.NOT_REACHED),
        reply=down(Cause.NOT_REACHED),
    ),
    Case(
        "PHP is too slow for more than twenty comments at once",
        host=answers(page("504 Gateway Time-out", "nginx", 504), calls(comments, per_page_above=20)),
        lasting=True,
    ),
    Case(
        "the answer breaks off",
        host=edits(lambda answer: replace(answer, missing=50), comments),
        form=Says("site", "breaks connections off"),
        pull=down(Cause.CONNECTION_BROKEN),
        reply=down(Cause.CONNECTION_BROKEN),
    ),
    Case(
        "the answer is half of itself",
        host=edits(lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]), comments),
        form=Says("site", "are broken"),
        pull=down(Cause.UNREADABLE),
        reply=down(Cause.UNREADABLE),
    ),
    Case(
        "nothing answers to writing",
        host=answers(None, posts),
        form=Says("site", "breaks connections off"),
        reply=down(Cause.CONNECTION_BROKEN),
    ),
    Case(
        "the connection is lost after the reply was stored",
        host=edits(lambda answer: None, posts),
        form=Says("site", "breaks connections off"),
    ),
    Case(
        "the web server allows reading only",
        host=answers(page("405 Not Allowed", "nginx", 405), posts),
        form=Says("site", "does not let through"),
        reply=down(Cause.ROUTE_MISSING),
    ),
    Case(
        "the site is in a folder of another site",
        php=r"add_filter('home_url', fn ($url) => preg_replace('#^http://[^/]+#', '$0/blog', $url));",
        host=in_folder("/blog"),
        address="/blog/wp-admin/",
        lasting=True,
    ),
    Case(
        "the host speaks HTTP/1.0",
        host=edits(lambda answer: replace(answer, version="1.0"), every),
        lasting=True,
    ),
    Case(
        "pages come with forty kilobytes of headers",
        host=edits(lambda answer: replace(answer, headers={**answer.headers, "x-preload": "x" * 40_000}), every),
        lasting=True,
    ),
    Case(
        "the host takes unknown headers off",
        host=without_headers("x-wp-total", "x-wp-totalpages", "link", "allow"),
        lasting=True,
    ),
    Case(
        "the host does not say the time",
        host=without_headers("date"),
        start="now",
        pull=[],
        left=["Are you open on Sunday?"],
        lasting=True,
    ),
    Case(
        "the web server's clock is an hour ahead",
        host=edits(lambda answer: replace(answer, headers={**answer.headers, "date": in_an_hour()})),
        start="now",
        pull=[],
        left=["Are you open on Sunday?"],
        lasting=True,
    ),
    Case(
        "the web server passes the password on where nothing is written",
        host=strips("authorization", when=posts),
        form=Says("password", "Authorization header"),
        reply=down(Cause.CREDENTIALS_DROPPED),
    ),
    Case(
        "the web server adds a slash, and loses what is asked for",
        host=redirects(lambda asked: with_slash(asked).partition("?")[0], 301, rest),
        lasting=True,
    ),
    *(
        Case(
            f"comments of seven days come, and {what}",
            host=host,
            php=php,
            start="7",
            lasting=True,
        )
        for what, host, php in (
            ("nothing is odd", None, ""),
            ("the host does not say the time", without_headers("date"), ""),
            (
                "a plug-in does not look at dates",
                None,
                "add_filter('rest_comment_query', fn ($query) => array_diff_key($query, ['date_query' => 1]), 99);",
            ),
            ("lists do not say how long they are", without_headers("x-wp-total", "x-wp-totalpages"), ""),
        )
    ),
    Case(
        "a firewall takes no JSON",
        host=answers(page("415 Unsupported Media Type", status=415), lambda asked: b"{" in asked.body[:1]),
        form=Says("site", "firewall"),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "the name of a site that its network does not have leads to the sign-up",
        host=leads_to_sign_up,
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.MOVED),
        reply=down(Cause.MOVED),
    ),
    Case(
        "a cache keeps lists of comments for a minute, and the answer to a reply is lost",
        host=keeps_answers(comments),
        php="add_action('rest_after_insert_comment', fn () => throw new Error('A fatal error.'));",
        lasting=True,
    ),
]
