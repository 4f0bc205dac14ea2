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
        "a captcha plug-in misses its captcha in the reply",
        php="add_filter('rest_preprocess_comment', fn ($comment) => wp_die('Error: the captcha is wrong.'));",
        reply=Fails(MessageRejected, words="the captcha is wrong"),
    ),
    Case(
        "a plug-in refuses replies in its own words",
        php="""
add_filter('rest_pre_insert_comment', fn () => new WP_Error('no', 'No answers on Sundays.', ['status' => 403]));
""",
        reply=Fails(MessageRejected, words="No answers on Sundays."),
    ),
    Case(
        "a plug-in refuses replies with a status of 500",
        php="""
add_filter('rest_pre_insert_comment', fn () => new WP_Error('bad_words', 'This word is not allowed here.'));
""",
        reply=Fails(MessageRejected, words="This word is not allowed here."),
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
        "a privacy plug-in keeps no user agents and addresses",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) =>
    ['comment_agent' => '', 'comment_author_IP' => ''] + $comment, 99);
add_filter('pre_comment_user_agent', '__return_empty_string');
add_filter('pre_comment_user_ip', '__return_empty_string');
""",
        lasting=True,
    ),
    Case(
        "a privacy plug-in shows nobody user agents and addresses",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    $response->data = array_diff_key($response->data, array_flip(
        ['author_user_agent', 'author_ip', 'author_email', 'author_avatar_urls']));
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "a plug-in fails after it stored the reply",
        php="add_action('rest_after_insert_comment', fn () => throw new Error('A fatal error.'));",
        lasting=True,
    ),
    Case(
        "a privacy plug-in keeps no user agents, and the answer to the reply is lost",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) => ['comment_agent' => ''] + $comment, 99);
add_action('rest_after_insert_comment', fn () => throw new Error('A fatal error.'));
""",
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
