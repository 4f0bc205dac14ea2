# SPDX-License-Identifier: Apache-2.0
"""What plug-ins and themes do to what is read: the shape of answers, what is in lists, types of comments, titles."""

from __future__ import annotations

from tests.origins.wordpress.sites.case import QUESTION, Case

REFUSED_ROUTE = """
add_filter('rest_pre_dispatch', fn ($result, $server, $request) => str_starts_with($request->get_route(), '%s')
    ? new WP_Error('rest_forbidden', 'Not for you.', ['status' => %d]) : $result, 10, 3);
"""
OF_TYPE = """
$GLOBALS['wpdb']->query("UPDATE {$GLOBALS['wpdb']->comments} SET comment_type = '%s' WHERE comment_content = '%s'");
"""


def of_type(kind: str, text: str = QUESTION) -> str:
    """PHP that makes a visitor's comment one of another type."""
    return f"add_action('init', function () {{ {OF_TYPE % (kind, text)} }});"


CASES = [
    Case(
        "the theme's functions.php begins with a byte order mark",
        php='echo "\\u{FEFF}";',
        lasting=True,
    ),
    Case(
        "posts are of a type that the REST API does not have",
        php="""
add_action('registered_post_type', function ($type) {
    $GLOBALS['wp_post_types'][$type]->show_in_rest = $type !== 'post';
});
""",
        reply=None,
        lasting=True,
    ),
    Case(
        "WPML shows posts of the first language only",
        php="add_filter('rest_post_query', fn ($query) => ['post__in' => [999999]] + $query, 99);",
        lasting=True,
    ),
    Case(
        "comments are listed by a plug-in's own order",
        php="add_filter('rest_comment_query', fn ($query) => ['orderby' => 'comment_karma'] + $query, 99);",
        visitors=[QUESTION, "And on Monday?", "And on Tuesday?"],
        lasting=True,
    ),
    Case(
        "comments have no links",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    foreach (array_keys($response->get_links()) as $relation) { $response->remove_link($relation); }
    return $response;
}, 99);
""",
        lasting=True,
    ),
    Case(
        "comments have no avatars",
        php="add_filter('pre_option_show_avatars', '__return_zero');",
        lasting=True,
    ),
    Case(
        "comments have no date in UTC",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    $response->data['date_gmt'] = null;
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "a plug-in adds a mebibyte to every comment",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    $response->data['related'] = str_repeat('x', 1 << 20);
    return $response;
});
""",
        visitors=[QUESTION, "And on Monday?", "And on Tuesday?", "And on Wednesday?"],
        lasting=True,
    ),
    Case(
        "the theme shows comments as nothing",
        php="add_filter('comment_text', '__return_empty_string', 99);",
        instead={QUESTION: "(a comment without text)"},
    ),
    *(
        Case(
            f"a {kind} is no visitor's comment",
            php=of_type(kind),
            pull=[],
            reply=None,
            left=[QUESTION],
            lasting=True,
        )
        for kind in ("pingback", "trackback", "order_note", "note")
    ),
    Case(
        "the site's address is shown as that of its content network",
        php="add_filter('rest_url', fn ($url) => preg_replace('#^http://[^/]+#', 'http://cdn.example.test', $url));",
        lasting=True,
    ),
]
