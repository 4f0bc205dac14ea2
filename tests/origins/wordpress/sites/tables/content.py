# SPDX-License-Identifier: Apache-2.0
"""What plug-ins and themes do to what is read: the shape of answers, what is in lists, types of comments, titles."""

from __future__ import annotations

from sealock_connector import Cause
from tests.origins.wordpress.sites.case import QUESTION, Case, Says, down

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


SECOND = "And on Monday?"


def without_fields(*names: str) -> str:
    """PHP that takes fields out of comments."""
    listed = ", ".join(f"'{name}' => 1" for name in names)
    return f"""
add_filter('rest_prepare_comment', function ($response) {{
    $response->data = array_diff_key($response->data, [{listed}]);
    return $response;
}}, 99);
"""


def with_field(name: str, value: str, of: str = "comment") -> str:
    """PHP that gives comments, or posts, another value of a field, if they have it."""
    return f"""
add_filter('rest_prepare_{of}', function ($response, $comment) {{
    array_key_exists('{name}', $response->data) && $response->data['{name}'] = {value};
    return $response;
}}, 99, 2);
"""


AVATARS = {
    "an address of six thousand letters": "'https://a.test/' . str_repeat('x', 6000)",
    "an address with a broken host": "'https://[::1/x.png'",
    "an address in Chinese": "'https://例子.test/头像.png'",
    "without a scheme": "'//secure.gravatar.com/avatar/1'",
    "an address with control characters": '"https://a.test/\\x00\\n.png"',
    "an address with a password": "'https://user:secret@a.test/x.png'",
    "an address with a port that is none": "'https://a.test:99999/x.png'",
}
NAMES = {
    "five thousand letters": "str_repeat('Ada ', 1250)",
    "a list": "['Ada', 'Bea']",
    "control characters": '"A\\x00d\\x07a"',
    "text from right to left": '"\\u{202E}adA"',
    "blanks that cannot be seen": '"\\u{200B}\\u{FEFF}"',
    "an emoji of many parts": '"👨\\u{200D}👩\\u{200D}👧"',
}
TITLES = {
    "without a form of its own": "'Opening hours'",
    "a list": "['a', 'b']",
    "control characters": "['rendered' => \"A\\x00\\x1b[31m\"]",
    "blanks": "['rendered' => ' &nbsp; ']",
    "a script": "['rendered' => '<script>alert(1)</script>']",
    "a number": "['rendered' => 7]",
}
DATES = {
    "with a zone": "'2026-11-01T10:00:00+02:00'",
    "with a fraction": "'2026-11-01T10:00:00.123456'",
    "as a number": "1793527200",
    "as false": "false",
    "with a blank": "'2026-11-01 10:00:00'",
    "of the year 0000": "'0000-01-01T00:00:00'",
    "of a leap second": "'2016-12-31T23:59:60'",
}

CASES = [
    Case(
        "PHP shows a notice before every answer",
        php=r"""
add_action('rest_api_init', function () {
    echo "<br />\n<b>Deprecated</b>:  Function old[] is {deprecated} in <b>x.php</b> on line <b>7</b><br />\n";
});
""",
        lasting=True,
    ),
    Case(
        "PHP shows a warning after every answer",
        php=r"""register_shutdown_function(fn () => print("<br />\n<b>Warning</b>:  No array key [0] in x.php"));""",
        lasting=True,
    ),
    Case(
        "the theme's functions.php begins with a byte order mark",
        php='echo "\\u{FEFF}";',
        lasting=True,
    ),
    Case(
        "output buffering appends a comment to every page",
        php='ob_start(fn ($page) => $page . "\\n<!-- Performance optimized by W3 Total Cache -->");',
        lasting=True,
    ),
    Case(
        "the REST API answers as text/html",
        php="""
add_filter('rest_post_dispatch', function ($response) {
    $response->header('Content-Type', 'text/html; charset=UTF-8');
    return $response;
}, 99);
""",
        lasting=True,
    ),
    Case(
        "a plug-in prints while a comment is shown",
        php="""
add_filter('comment_text', function ($text) {
    echo '<div class="rating">[5 {stars}]</div>';
    return $text;
});
""",
        lasting=True,
    ),
    Case(
        "the titles of posts may not be read",
        php=REFUSED_ROUTE % ("/wp/v2/posts", 403),
        lasting=True,
    ),
    Case(
        "the titles of posts are not found",
        php=REFUSED_ROUTE % ("/wp/v2/posts", 404),
        lasting=True,
    ),
    Case(
        "the titles of posts cannot be made",
        php="add_filter('rest_prepare_post', fn () => throw new Error('A fatal error.'));",
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
        "the host allows twenty comments at once",
        php="""
add_filter('rest_comment_collection_params', function ($params) {
    $params['per_page']['maximum'] = 20;
    return $params;
});
""",
        lasting=True,
    ),
    Case(
        "PHP has no memory for more than ten comments at once",
        php="""
add_filter('rest_comment_query', function ($query) {
    $query['number'] <= 10 || throw new Error('Allowed memory size exhausted');
    return $query;
});
""",
        lasting=True,
    ),
    Case(
        "a comment's text breaks PHP, and others stand beside it",
        php="""
add_filter('comment_text', fn ($text) => str_contains($text, 'poison') ? throw new Error('A fatal error.') : $text);
""",
        visitors=[QUESTION, "the poison", "And on Monday?"],
        instead={"the poison": "does not give what this comment says"},
        lasting=True,
    ),
    Case(
        "WordPress has a critical error wherever comments are read",
        php="add_filter('rest_comment_query', fn () => throw new Error('A fatal error.'));",
        form=Says("site", "reports an error"),
        pull=down(Cause.ORIGIN_FAILED),
        reply=None,
    ),
    Case(
        "WordPress has a critical error everywhere",
        php="throw new Error('A fatal error.');",
        form=Says("site", "reports an error"),
        pull=down(Cause.ORIGIN_FAILED),
        reply=down(Cause.ORIGIN_FAILED),
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
        "a plug-in makes numbers into text",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    foreach (['id', 'post', 'parent', 'author'] as $name) {
        isset($response->data[$name]) && $response->data[$name] = (string) $response->data[$name];
    }
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
    *(
        Case(
            f"comments come without their {name}",
            php=without_fields(name),
            visitors=[QUESTION, SECOND],
            lasting=True,
        )
        for name in (
            "status",
            "type",
            "parent",
            "author",
            "author_name",
            "author_user_agent",
            "date",
            "date_gmt",
        )
    ),
    Case(
        "comments come without what they say",
        php=without_fields("content"),
        instead={QUESTION: "does not give what this comment says"},
    ),
    Case(
        "what comments say is null",
        php=with_field("content", "['rendered' => null, 'raw' => null]"),
        instead={QUESTION: "(a comment without text)"},
    ),
    Case("what comments say is a text alone", php=with_field("content", "$comment->comment_content"), lasting=True),
    *(
        Case(f"an avatar is {what}", php=with_field("author_avatar_urls", f"['96' => {address}]"), lasting=True)
        for what, address in AVATARS.items()
    ),
    *(
        Case(f"a visitor's name is {what}", php=with_field("author_name", name), lasting=True)
        for what, name in NAMES.items()
    ),
    *(
        Case(f"the title of a post is {what}", php=with_field("title", title, of="post"), lasting=True)
        for what, title in TITLES.items()
    ),
    *(
        Case(f"a date is written {what}", php=with_field("date_gmt", date), lasting=True)
        for what, date in DATES.items()
    ),
    Case(
        "a plug-in puts an advertisement between the comments",
        php="""
add_filter('rest_post_dispatch', function ($response, $server, $request) {
    if ($request->get_route() === '/wp/v2/comments' && $request->get_method() === 'GET' && $response->data) {
        $response->data = array_merge([['type' => 'ad', 'html' => '<b>Buy</b>']], $response->data);
    }
    return $response;
}, 99, 3);
""",
        visitors=[QUESTION, SECOND],
        lasting=True,
    ),
    Case(
        "a plug-in puts a pinned comment first in every list",
        php="""
add_filter('rest_post_dispatch', function ($response, $server, $request) {
    if ($request->get_route() === '/wp/v2/comments' && $request->get_method() === 'GET' && $response->data) {
        usort($response->data, fn ($one, $other) => ($other['id'] ?? 0) <=> ($one['id'] ?? 0));
    }
    return $response;
}, 99, 3);
""",
        visitors=[QUESTION, SECOND, "And on Tuesday?"],
        lasting=True,
    ),
]
