# SPDX-License-Identifier: Apache-2.0
"""What happens at a site between two pulls, or between a ticket and its reply; and where links of tickets lead then."""

from __future__ import annotations

from sealock_connector import MessageRejected, NotFound
from tests.origins.wordpress.sites.case import QUESTION, Case, Fails

SECOND, THIRD = "And on Monday?", "And on Tuesday?"
PAGES = (
    "foreach (['page_comments' => 1, 'comments_per_page' => 1] as $name => $value) { update_option($name, $value); }"
)
UPDATE = "$GLOBALS['wpdb']->update($GLOBALS['wpdb']->comments, {sets}, ['comment_ID' => $first]);"
DELETED = Fails(NotFound, words="no longer on the site")


def changes(sets: str) -> str:
    """PHP that changes what is stored of the first visitor's comment."""
    return UPDATE.format(sets=sets)


def writes(text: str, more: str = "") -> str:
    """PHP that stores one more comment."""
    return f"""
$GLOBALS['wpdb']->insert($GLOBALS['wpdb']->comments, [{more} 'comment_post_ID' => $post,
    'comment_author' => 'Bea', 'comment_author_email' => 'bea@example.test', 'comment_content' => '{text}',
    'comment_date' => current_time('mysql'), 'comment_date_gmt' => current_time('mysql', 1),
    'comment_approved' => '1', 'comment_type' => 'comment']);
"""


CASES = [
    Case("a visitor's comment is edited", meanwhile=changes("['comment_content' => 'Edited.']")),
    Case("a comment's date is set back", meanwhile=changes("['comment_date_gmt' => '2011-01-01 00:00:00']")),
    Case("a comment's author is made a user", meanwhile=changes("['user_id' => 1, 'comment_author' => 'Admin']")),
    Case(
        "a comment's author is forgotten, as the law wants it",
        meanwhile=changes("['comment_author' => 'Anonymous', 'comment_author_email' => '', 'comment_author_IP' => '']"),
    ),
    Case("a comment is deleted", meanwhile="wp_delete_comment($first, true);", reply=DELETED),
    Case(
        "a comment is put into the trash",
        meanwhile="wp_trash_comment($first);",
        reply=Fails(MessageRejected, words="trash or spam folder"),
    ),
    Case(
        "a comment is found to be spam",
        meanwhile="wp_spam_comment($first);",
        reply=Fails(MessageRejected, words="trash or spam folder"),
    ),
    Case(
        "a comment is no longer approved",
        meanwhile="wp_set_comment_status($first, 'hold');",
        reply=Fails(MessageRejected, words="waits for moderation"),
    ),
    Case("a comment is trashed and taken out again", meanwhile="wp_trash_comment($first); wp_untrash_comment($first);"),
    Case(
        "a post is put into the trash, and taken out again",
        visitors=[QUESTION, SECOND],
        meanwhile="wp_trash_post($post); wp_untrash_post($post); wp_publish_post($post);",
    ),
    Case(
        "a post is put into the trash",
        meanwhile="wp_trash_post($post);",
        reply=Fails(MessageRejected, words="trash"),
    ),
    Case("a post is deleted", meanwhile="wp_delete_post($post, true);", reply=DELETED),
    Case(
        "a post is made a draft",
        meanwhile="wp_update_post(['ID' => $post, 'post_status' => 'draft']);",
        reply=Fails(MessageRejected, words="not published"),
    ),
    Case("a post is made private", meanwhile="wp_update_post(['ID' => $post, 'post_status' => 'private']);"),
    Case("a post gets a password", meanwhile="wp_update_post(['ID' => $post, 'post_password' => 'secret']);"),
    Case(
        "a post is closed for comments",
        meanwhile="wp_update_post(['ID' => $post, 'comment_status' => 'closed']);",
        reply=Fails(MessageRejected, words="closed"),
    ),
    Case(
        "a comment is moved to another post",
        meanwhile="$other = wp_insert_post(['post_title' => 'Other', 'post_status' => 'publish',"
        " 'comment_status' => 'open']);" + changes("['comment_post_ID' => $other]"),
    ),
    Case(
        "a comment is made an answer to another",
        meanwhile=writes(SECOND) + changes("['comment_parent' => $GLOBALS['wpdb']->insert_id]"),
        more=[SECOND],
    ),
    Case("a comment gets another type", meanwhile=changes("['comment_type' => 'support']")),
    Case(
        "a user answers beside the agent",
        meanwhile=writes(SECOND, "'user_id' => 1, 'comment_parent' => $first,"),
        more=[SECOND],
    ),
    Case(
        "a comment waits, and is approved later",
        meanwhile=writes(SECOND, "'comment_approved' => '0',").replace("'comment_approved' => '1',", "")
        + "wp_set_comment_status($GLOBALS['wpdb']->insert_id, 'approve');",
        more=[SECOND],
    ),
    Case(
        "comments are brought in from another site, with dates of long ago",
        meanwhile=writes(SECOND).replace("current_time('mysql', 1)", "'2009-03-01 10:00:00'")
        + writes(THIRD).replace("current_time('mysql', 1)", "'0000-00-00 00:00:00'"),
        more=[SECOND, THIRD],
    ),
    Case(
        "comments have numbers beyond two to the power of 31",
        meanwhile=writes(SECOND, "'comment_ID' => 4294967999,") + writes(THIRD),
        more=[SECOND, THIRD],
    ),
    Case(
        "a comment appears with a lower number", meanwhile=writes(SECOND, "'comment_ID' => $first - 1,"), more=[SECOND]
    ),
    Case(
        "permalinks are made plain",
        meanwhile="$GLOBALS['wp_rewrite']->set_permalink_structure(''); $GLOBALS['wp_rewrite']->flush_rules(false);",
        lasting=True,
    ),
    Case(
        "permalinks get index.php",
        meanwhile="$GLOBALS['wp_rewrite']->set_permalink_structure('/index.php/%post_id%/');"
        "$GLOBALS['wp_rewrite']->flush_rules(false);",
        lasting=True,
    ),
    Case(
        "the site's clock is set to another zone",
        meanwhile="update_option('timezone_string', 'Pacific/Auckland');",
        lasting=True,
    ),
    Case(
        "the site's language is changed",
        meanwhile="update_option('WPLANG', 'de_DE');",
        lasting=True,
    ),
    Case("a link of a ticket is followed", reply=None, leads="Opening hours"),
    Case(
        "a link of a ticket is followed, and permalinks are plain",
        reply=None,
        permalinks="plain",
        leads="Opening hours",
    ),
    Case(
        "a link of a ticket is followed, and comments come in pages",
        meanwhile=PAGES,
        visitors=[QUESTION, SECOND, THIRD],
        reply=None,
        leads="Opening hours",
    ),
    Case(
        "a link of a ticket is followed, and comments come in pages, the oldest first",
        meanwhile=PAGES + "update_option('default_comments_page', 'oldest');",
        visitors=[QUESTION, SECOND, THIRD],
        reply=None,
        leads="Opening hours",
    ),
    Case(
        "a link of a ticket is followed, and posts are at addresses of dates",
        php="add_filter('option_permalink_structure', fn () => '/%year%/%monthnum%/%postname%/');"
        "add_filter('option_rewrite_rules', fn ($rules) =>"
        " ['([0-9]{4})/([0-9]{1,2})/([^/]+)/?$' => 'index.php?name=$matches[3]'] + (array) $rules);",
        reply=None,
        leads="Opening hours",
    ),
]
