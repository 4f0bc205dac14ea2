# SPDX-License-Identifier: Apache-2.0
"""What plug-ins make of discussions: types of comments of their own, odd posts, dates, levels and authors."""

from __future__ import annotations

from sealock_connector import MessageRejected, NotFound
from tests.origins.wordpress.sites.case import QUESTION, Case, Fails
from tests.origins.wordpress.sites.tables.content import of_type

SECOND = "And on Monday?"


def stored(sets: str, text: str = QUESTION) -> str:
    """PHP that changes how a visitor's comment is stored."""
    return f"""
add_action('init', fn () => $GLOBALS['wpdb']->query("UPDATE {{$GLOBALS['wpdb']->comments}} SET {sets}
    WHERE comment_content = '{text}'"));
"""


def of_post(sets: str) -> str:
    """PHP that changes how the post is seen that visitors wrote below."""
    return f"""
add_filter('the_posts', fn ($posts) => array_map(function ($post) {{ {sets} return $post; }}, $posts));
add_action('init', function () {{
    foreach (get_posts(['post_type' => 'any', 'numberposts' => -1, 'post_status' => 'any']) as $post) {{
        {sets} wp_cache_set($post->ID, $post, 'posts');
    }}
}});
"""


CASES = [
    Case(
        "wpDiscuz knows comments without a type, as before WordPress 5.5", php=stored("comment_type = ''"), lasting=True
    ),
    *(
        Case(
            f"a comment of type {kind} is no visitor's question",
            php=of_type(kind),
            visitors=[QUESTION, SECOND],
            pull=[SECOND],
            reply=None,
            left=[QUESTION],
            lasting=True,
        )
        for kind in ("wpdiscuz_sticky", "webmention", "like", "repost", "action_log", "edd_payment_note", "wp_note")
    ),
    Case(
        "an answer to a note on an order is no visitor's comment",
        php=of_type("order_note")
        + stored(
            "comment_parent = (SELECT id FROM (SELECT comment_ID id FROM "
            "{$GLOBALS['wpdb']->comments} WHERE comment_content = 'Are you open on Sunday?') found)",
            SECOND,
        ),
        visitors=[QUESTION, SECOND],
        pull=[],
        reply=None,
        left=[QUESTION, SECOND],
        lasting=True,
    ),
    Case(
        "WooCommerce keeps notes on orders out of every list",
        php="add_filter('comments_clauses', function ($clauses) {"
        " $clauses['where'] .= \" AND comment_type NOT IN ('order_note', 'webhook_delivery')\"; return $clauses; });"
        + of_type("order_note"),
        visitors=[QUESTION, SECOND],
        pull=[SECOND],
        reply=None,
        left=[QUESTION],
        lasting=True,
    ),
    Case(
        "a spam filter removes a comment after it came",
        php="add_action('rest_after_insert_comment', fn ($comment) => wp_spam_comment($comment->comment_parent));",
        lasting=True,
    ),
    Case(
        "Disqus brings comments of its own into the database",
        php=stored("comment_agent = 'Disqus/1.1(3.0):12345'"),
        lasting=True,
    ),
    Case(
        "a comment has no post",
        php=stored("comment_post_ID = 0"),
        visitors=[SECOND, QUESTION],
        pull=[SECOND],
        reply=None,
        left=[QUESTION],
        lasting=True,
    ),
    Case(
        "a comment's post was deleted for good",
        php=stored("comment_post_ID = 987654"),
        reply=Fails(NotFound, words="no longer on the site"),
        lasting=True,
    ),
    Case("the post has a password", php=of_post("$post->post_password = 'secret';"), lasting=True),
    Case("the post is private", php=of_post("$post->post_status = 'private';"), lasting=True),
    Case(
        "the post is in the trash",
        php=of_post("$post->post_status = 'trash';"),
        reply=Fails(MessageRejected, words="not published"),
        lasting=True,
    ),
    Case(
        "the post is scheduled again",
        php=of_post("$post->post_status = 'future';"),
        reply=Fails(MessageRejected, words="not published"),
        lasting=True,
    ),
    Case(
        "the post is archived, as a plug-in calls it",
        php="add_action('init', fn () => register_post_status('archive', ['public' => false, 'internal' => true]));"
        + of_post("$post->post_status = 'archive';"),
        lasting=True,
    ),
    Case(
        "posts are of a type that the REST API does not have, and are answered",
        php="""
add_action('registered_post_type', function ($type) {
    $GLOBALS['wp_post_types'][$type]->show_in_rest = $type !== 'post';
});
""",
        reply=Fails(MessageRejected, words="REST API"),
        lasting=True,
    ),
    Case(
        "posts are at a route of their own",
        php="""
add_filter('register_post_type_args', fn ($args, $type) => $type === 'post'
    ? ['rest_base' => 'all-the-news', 'rest_namespace' => 'news.site/v2'] + $args : $args, 10, 2);
""",
        lasting=True,
    ),
    Case(
        "a comment is dated 0000-00-00",
        php=stored("comment_date = '0000-00-00 00:00:00', comment_date_gmt = '0000-00-00 00:00:00'"),
        lasting=True,
    ),
    Case("an import knew no date in UTC", php=stored("comment_date_gmt = '0000-00-00 00:00:00'"), lasting=True),
    Case(
        "a comment is of the year 1969",
        php=stored("comment_date = '1969-07-20 20:17:00', comment_date_gmt = '1969-07-20 20:17:00'"),
        lasting=True,
    ),
    Case(
        "a comment is of the year 2106",
        php=stored("comment_date = '2106-02-07 06:28:16', comment_date_gmt = '2106-02-07 06:28:16'"),
        lasting=True,
    ),
    Case(
        "a comment is of a day that does not exist",
        php=stored("comment_date = '2026-02-31 10:00:00', comment_date_gmt = '2026-00-31 10:00:00'"),
        lasting=True,
    ),
    *(
        Case(
            f"the site's clock goes by {zone}",
            php=f"add_filter('pre_option_timezone_string', fn () => '{zone}');",
            lasting=True,
        )
        for zone in ("Pacific/Tongatapu", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns")
    ),
    Case(
        "dates come in the form of the country",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    $response->data['date'] = '30.11.2026 10:00';
    $response->data['date_gmt'] = '30.11.2026 09:00';
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "levels of comments are switched off",
        php="add_filter('pre_option_thread_comments', '__return_zero');",
        lasting=True,
    ),
    Case("comments have one level", php="add_filter('pre_option_thread_comments_depth', fn () => 1);", lasting=True),
    Case(
        "comments come in pages, the last first",
        php="add_filter('pre_option_page_comments', fn () => 1);"
        "add_filter('pre_option_comments_per_page', fn () => 1);",
        visitors=[QUESTION, SECOND],
        lasting=True,
    ),
    Case(
        "only people with accounts write, and visitors wrote before",
        php="add_filter('pre_option_comment_registration', fn () => 1);"
        "add_filter('rest_allow_anonymous_comments', '__return_false');",
        lasting=True,
    ),
    Case("the author of a comment was deleted", php=stored("user_id = 4711"), lasting=True),
    Case("the author has no name", php=stored("comment_author = '', comment_author_email = ''"), lasting=True),
    Case("the author's name is markup", php=stored("comment_author = '<b>Ada</b> &amp; Co'"), lasting=True),
    Case(
        "the author's name is a hundred links",
        php="add_filter('get_comment_author', fn () => str_repeat('http://a.test/ ', 99));",
        lasting=True,
    ),
    Case(
        "names and addresses of authors are null",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    foreach (['author_name', 'author_email', 'author_url', 'author_user_agent', 'author_avatar_urls'] as $name) {
        array_key_exists($name, $response->data) && $response->data[$name] = null;
    }
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "avatars are no addresses",
        php="add_filter('get_avatar_url', fn () => 'data:image/svg+xml;base64,PHN2Zz4=');",
        lasting=True,
    ),
    Case("avatars cannot be had", php="add_filter('get_avatar_url', '__return_false');", lasting=True),
    Case(
        "links of comments are an empty list",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    foreach (array_keys($response->get_links()) as $relation) { $response->remove_link($relation); }
    $response->data['_links'] = [];
    return $response;
}, 99);
""",
        lasting=True,
    ),
    Case(
        "titles of posts are null",
        php="""
add_filter('rest_prepare_post', function ($response) {
    $response->data['title'] = null;
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "titles of posts are a plain text of a mebibyte",
        php="""
add_filter('rest_prepare_post', function ($response) {
    $response->data['title'] = str_repeat('x', 1 << 20);
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "the route of posts was renamed",
        php="""
add_filter('rest_endpoints', fn ($all) =>
    array_filter($all, fn ($route) => !str_starts_with($route, '/wp/v2/posts'), 2));
""",
        lasting=True,
    ),
    Case(
        "types of comments are translated",
        php="""
add_filter('rest_prepare_comment', function ($response) {
    $response->data['type'] = '';
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "comments are in two languages, and lists show one of them",
        php="""
add_filter('comments_clauses', function ($clauses, $query) {
    if (($_GET['lang'] ?? 'en') !== 'all' && !$query->query_vars['comment__in']) {
        $clauses['where'] .= " AND comment_content NOT LIKE '%Montag%'";
    }
    return $clauses;
}, 10, 2);
""",
        visitors=[QUESTION, "Und am Montag?"],
        lasting=True,
    ),
    Case(
        "bbPress shows comments to keymasters only",
        php="""
add_filter('rest_comment_query', fn ($query) => ['author__in' => [999]] + $query, 99);
""",
        pull=[],
        left=[QUESTION, "Thank you!"],
        reply=None,
        lasting=True,
    ),
]
