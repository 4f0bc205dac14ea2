# SPDX-License-Identifier: Apache-2.0
"""What plug-ins and firewalls do to agents' replies alone."""

from __future__ import annotations

from sealock_connector import Cause, MessageRejected, OutcomeUnknown
from tests.origins.wordpress.sites.case import Case, Fails
from tests.origins.wordpress.sites.host import Answer, answers, redirects

AGENT = "get_user_by('login', 'agent')->ID"


def writes(asked):
    """Calls that write a comment with words."""
    return asked.method == "POST" and b"ten to four" in asked.body


def files(status):
    """A plug-in that files whatever the agent writes, after WordPress has taken it."""
    return f"""
add_action('rest_after_insert_comment', function ($comment) {{
    if ($comment->user_id == {AGENT}) {{ wp_set_comment_status($comment->comment_ID, '{status}'); }}
}});
"""


def judges(status):
    """A plug-in that decides on comments beforehand, as filters of spam do."""
    return f"""
add_filter('pre_comment_approved', fn ($approved, $comment) => $comment['user_id'] == {AGENT} ? {status} : $approved,
    10, 2);
"""


CASES = [
    Case("a filter would put replies into the spam folder", php=judges("'spam'")),
    Case("a filter would hold replies for moderation", php=judges("0")),
    Case("a filter would put replies into the trash", php=judges("'trash'")),
    Case(
        "a plug-in puts replies into the spam folder in the end",
        php=files("spam"),
        reply=Fails(MessageRejected, words="spam folder"),
        stays="spam",
    ),
    Case(
        "a plug-in holds replies for moderation in the end",
        php=files("hold"),
        reply=Fails(MessageRejected, words="Approve it there"),
        stays="hold",
    ),
    Case(
        "a plug-in puts replies into the trash in the end",
        php=files("trash"),
        reply=Fails(MessageRejected, words="trash"),
        stays="trash",
    ),
    Case(
        "a plug-in deletes replies as soon as they are there",
        php="""
add_filter('rest_post_dispatch', function ($response, $server, $request) {
    if ($request->get_method() === 'POST' && !empty($response->get_data()['id'])) {
        wp_delete_comment($response->get_data()['id'], true);
    }
    return $response;
}, 10, 3);
""",
        reply=Fails(MessageRejected, words="deleted it at once"),
    ),
    Case(
        "a plug-in shows visitors no answers of the shop",
        php="""
add_filter('rest_prepare_comment', fn ($response, $comment) => !is_user_logged_in() && $comment->user_id
    ? new WP_Error('rest_cannot_read', 'No.', ['status' => 401]) : $response, 10, 2);
add_filter('rest_request_after_callbacks', function ($response) {
    return !is_user_logged_in() && $response instanceof WP_REST_Response && !empty($response->get_data()['author'])
        ? new WP_Error('rest_cannot_read', 'No.', ['status' => 401]) : $response;
});
add_filter('rest_prepare_comment', fn ($response) => $response instanceof WP_Error
    ? rest_ensure_response(['author' => 1]) : $response, 20);
""",
        reply=Fails(MessageRejected, words="does not show it to visitors"),
        stays="approved",
    ),
    Case(
        "a plug-in queues replies",
        php="""
add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    return $request->get_method() === 'POST' && $request['content'] ? new WP_REST_Response(['queued' => true], 202)
        : $result;
}, 10, 3);
""",
        reply=Fails(OutcomeUnknown, words="Look at the site before"),
    ),
    Case(
        "a plug-in answers no more than that all is well",
        php="""
add_filter('rest_post_dispatch', fn ($response, $server, $request) => $request->get_method() === 'POST'
    && $response->get_status() === 201 ? new WP_REST_Response(['success' => true]) : $response, 10, 3);
""",
        lasting=True,
    ),
    Case(
        "a plug-in cuts replies short",
        php="add_filter('pre_comment_content', fn ($text) => mb_substr($text, 0, 6));",
        reply=Fails(MessageRejected, words="only the beginning of this reply"),
    ),
    Case(
        "a plug-in replaces the text of replies",
        php="add_filter('pre_comment_content', fn () => 'Removed.');",
        reply=Fails(MessageRejected, words="replaced the text"),
    ),
    Case(
        "a plug-in adds a signature to replies",
        php="add_filter('pre_comment_content', fn ($text) => $text . ' <em>Your lock keepers</em>');",
        lasting=True,
    ),
    Case(
        "a plug-in puts answers of answers beside what they answer",
        php="add_filter('preprocess_comment', fn ($comment) => ['comment_parent' => 0] + $comment);"
        "add_filter('rest_preprocess_comment', fn ($comment) => ['comment_parent' => 0] + $comment);",
        lasting=True,
    ),
    Case(
        "a plug-in breaks after the reply was stored",
        php="add_action('rest_after_insert_comment', fn () => wp_die('The mail could not be sent.'));",
        lasting=True,
    ),
    Case(
        "a plug-in refuses replies without a status",
        php="add_filter('pre_comment_approved', fn () => new WP_Error('no', 'No answers on Sundays.', 403));",
        reply=Fails(MessageRejected, words="No answers on Sundays."),
    ),
    Case(
        "a plug-in ends calls with a sentence",
        php="add_filter('rest_preprocess_comment', fn () => wp_die('No answers on Sundays.'));",
        reply=Fails(MessageRejected, words="No answers on Sundays."),
    ),
    Case(
        "a plug-in lets nobody set a status",
        php="""
add_filter('rest_pre_dispatch', fn ($result, $server, $request) => $request['status'] === 'approve'
    && $request->get_method() === 'POST' ? new WP_Error('rest_comment_invalid_status', 'No.', ['status' => 403])
    : $result, 10, 3);
""",
        lasting=True,
    ),
    Case(
        "a plug-in hides the users",
        php="""
add_filter('rest_endpoints', fn ($all) => array_filter($all, fn ($route) => !str_contains($route, '/users'),
    ARRAY_FILTER_USE_KEY));
""",
        lasting=True,
    ),
    Case(
        "a plug-in refuses one post to everybody",
        php="""
add_filter('rest_pre_insert_comment', fn () => new WP_Error('rest_forbidden', 'Not here.', ['status' => 401]));
""",
        reply=Fails(MessageRejected, words="Not here."),
    ),
    Case(
        "a firewall refuses certain words",
        host=answers(Answer("<title>403 Forbidden</title><h1>Access denied</h1>", 403), writes),
        reply=Fails(MessageRejected, Cause.FIREWALL, words="Word it differently"),
    ),
    Case(
        "a redirect adds a slash",
        host=redirects(
            lambda asked: "" if "/comments/" in asked.target or "/comments?" in asked.target else asked.target + "/",
            when=lambda asked: asked.target.endswith("/comments"),
        ),
        lasting=True,
    ),
]
