# SPDX-License-Identifier: Apache-2.0
"""What plug-ins do with what is written: spam filters, moderation, captchas, rules of their own."""

from __future__ import annotations

from sealock_connector import MessageRejected, OriginThrottled
from tests.origins.wordpress.sites.case import QUESTION, Case, Fails

CASES = [
    Case(
        "CleanTalk refuses the reply",
        php="""
add_filter('preprocess_comment', fn ($comment) => wp_die('*** Forbidden. Anti-Spam by CleanTalk. ***', '', 403));
add_filter('rest_preprocess_comment', fn ($comment) => wp_die('*** Forbidden. Anti-Spam by CleanTalk. ***', '', 403));
""",
        reply=Fails(MessageRejected, words="Anti-Spam by CleanTalk"),
    ),
    Case(
        "a plug-in refuses replies in its own words",
        php="""
add_filter('rest_pre_insert_comment', fn () => new WP_Error('no', 'No answers on Sundays.', ['status' => 403]));
""",
        reply=Fails(MessageRejected, words="No answers on Sundays."),
    ),
    Case(
        "a plug-in refuses replies without a word",
        php="add_filter('rest_pre_insert_comment', fn () => new WP_Error('no', '', ['status' => 400]));",
        reply=Fails(MessageRejected),
    ),
    Case(
        "a plug-in lets nobody write quickly",
        php="add_filter('wp_is_comment_flood', '__return_true', 99);",
        reply=Fails(OriginThrottled),
    ),
    Case(
        "comments of older posts are closed",
        php="add_filter('comments_open', '__return_false');",
        reply=Fails(MessageRejected, words="closed"),
    ),
    Case(
        "the question came out of the spam folder",
        php="add_filter('pre_comment_approved', fn () => 'spam', 99);",
        by_form=True,
        pull=[],
        reply=Fails(MessageRejected, words="spam"),
        left=[QUESTION],
    ),
    Case(
        "visitors' comments wait for a moderator",
        php="add_filter('pre_comment_approved', fn ($status, $comment) => empty($comment['user_id']) ? 0 : 1, 99, 2);",
        by_form=True,
        pull=[],
        reply=Fails(MessageRejected, words="waits for moderation"),
        left=[QUESTION],
    ),
    Case(
        "a plug-in fails after it stored the reply",
        php="add_action('rest_after_insert_comment', fn () => throw new Error('A fatal error.'));",
        lasting=True,
    ),
    Case(
        "the database keeps no emoji",
        php="add_filter('pre_get_col_charset', fn ($set, $table) => $table === 'wp_comments' ? 'utf8' : $set, 10, 2);",
        answer="See you there 🦆",
        lasting=True,
    ),
    Case(
        "a plug-in appends its signature to what is written",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) =>
    ['comment_content' => $comment['comment_content'] . ' -- sent from our site'] + $comment);
""",
        lasting=True,
    ),
    Case(
        "the site wants names and addresses of everybody",
        php="add_filter('pre_option_comment_registration', fn () => 1);",
        lasting=True,
    ),
]
