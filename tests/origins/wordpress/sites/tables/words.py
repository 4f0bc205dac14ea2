# SPDX-License-Identifier: Apache-2.0
"""What filters do to the words of an agent's reply, and to its author, its place and its mark."""

from __future__ import annotations

from sealock_connector import Cause, MessageRejected, OriginThrottled
from tests.origins.wordpress.sites.case import Case, Fails, down
from tests.origins.wordpress.sites.host import Answer, edits, posts

AGENT = "get_user_by('login', 'agent')->ID"
LOST = "add_action('rest_after_insert_comment', fn () => throw new Error('A fatal error.'));"
LINKS = "We open at ten: https://lock.example.test/hours?day=7&lang=en and www.lock.example.test."


def stores(expression: str) -> str:
    """PHP that changes the text of comments before it is stored."""
    return f"add_filter('pre_comment_content', fn ($text) => {expression}, 99);"


def refuses(code: str, words: str, status: int | str) -> str:
    """PHP that refuses what is written."""
    data = f"['status' => {status}]" if isinstance(status, int) else status
    return f"add_filter('rest_pre_insert_comment', fn () => new WP_Error('{code}', '{words}', {data}));"


FILTERS = {
    "makes every link one that search engines do not follow": stores("wp_rel_nofollow($text)"),
    "makes links of addresses before it stores them": stores("make_clickable($text)"),
    "writes https for http": stores("str_replace('http://', 'https://', $text)"),
    "takes the markup of links away": stores("preg_replace('#</?a[^>]*>#', '', $text)"),
    "makes pictures of smilies": stores("convert_smilies($text)"),
    "curls quotes and makes dashes": stores("wptexturize($text)"),
    "makes paragraphs": stores("wpautop($text)"),
    "makes one line of all lines": stores("preg_replace('/\\\\s+/', ' ', $text)"),
    "puts stars in place of bad words": stores("str_replace('ten', '***', $text)"),
    "writes everything in small letters": stores("strtolower($text)"),
    "reads it as Markdown": stores("'<p>' . preg_replace('/, (.*)\\\\./', ', <em>$1</em>.', $text) . '</p>'"),
    "mentions whom it answers": stores("'@Ada: ' . $text"),
    "quotes what it answers": stores("'<blockquote>Are you open on Sunday?</blockquote>' . $text"),
    "puts it into a short code": stores("'[reply by=\"agent\"]' . $text . '[/reply]'"),
    "makes entities of special characters": stores("htmlentities($text, ENT_QUOTES)"),
    "makes entities of special characters twice": stores("htmlspecialchars(htmlspecialchars($text))"),
    "puts a soft hyphen into long words": stores("str_replace('four', 'fo\\u{00AD}ur', $text)"),
    "puts invisible characters between words": stores("str_replace(' ', \" \\u{200B}\", $text)"),
}

CASES = [
    *(Case(f"a plug-in {what}", php=php, lasting=True) for what, php in FILTERS.items()),
    *(
        Case(f"a plug-in {what}, and the answer to the reply is lost", php=php + LOST, lasting=True)
        for what, php in FILTERS.items()
    ),
    Case(
        "a plug-in takes links out of replies",
        php=stores("preg_replace('#https?://\\\\S+#', '', $text)"),
        answer=LINKS,
        reply=Fails(MessageRejected, words="replaced the text"),
    ),
    Case(
        "a plug-in puts its own addresses in place of links",
        php=stores("preg_replace('#https?://\\\\S+#', 'https://go.test/1', $text)"),
        answer=LINKS,
        lasting=True,
    ),
    Case(
        "a plug-in translates replies",
        php=stores("'Ja, von zehn bis vier sind wir da.'"),
        reply=Fails(MessageRejected, words="replaced the text"),
    ),
    Case(
        "a plug-in encrypts what is stored, and shows it in the clear",
        php="""
add_filter('pre_comment_content', fn ($text) => 'enc:' . base64_encode($text), 99);
$clear = fn ($text) => str_starts_with($text, 'enc:') ? base64_decode(substr($text, 4)) : $text;
add_filter('get_comment_text', $clear);
add_filter('comment_text', $clear, 1);
""",
        lasting=True,
    ),
    Case(
        "replies appear in the name of the shop",
        php=f"""
add_filter('rest_preprocess_comment', fn ($comment) => ($comment['user_id'] ?? 0) == {AGENT}
    ? ['user_id' => get_user_by('login', 'admin')->ID, 'comment_author' => 'The shop'] + $comment : $comment, 99);
""",
        form="the account is connected",
        stays="",
        reply=None,
        lasting=True,
    ),
    Case(
        "replies are stored as a visitor's",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) => ['user_id' => 0] + $comment, 99);
""",
        reply=None,
        lasting=True,
    ),
    Case(
        "comments of agents are of a type of their own",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) => ['comment_type' => 'support_reply'] + $comment, 99);
""",
        lasting=True,
    ),
    Case(
        "comments of agents are of a type of their own, and the answer is lost",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) => ['comment_type' => 'support_reply'] + $comment, 99);
"""
        + LOST,
        lasting=True,
    ),
    Case(
        "user agents are cut after twenty characters",
        php="""
add_filter('rest_preprocess_comment', fn ($comment) =>
    ['comment_agent' => substr($comment['comment_agent'] ?? '', 0, 20)] + $comment, 99);
"""
        + LOST,
        lasting=True,
    ),
    Case(
        "WordPress has a reply with these words already",
        php=refuses("comment_duplicate", "Duplicate comment detected.", 409),
        reply=Fails(MessageRejected, words="already"),
    ),
    Case(
        "a plug-in calls it a flood, with a status of 400",
        php=refuses("comment_flood", "You are posting comments too quickly. Slow down.", 400),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "a plug-in has its own word for a flood",
        php=refuses("too_many_comments", "Please wait a minute between comments.", 429),
        reply=Fails(OriginThrottled, words="wait a minute"),
    ),
    Case(
        "a plug-in wants to see a tick in a box of the form",
        php=refuses("gdpr_missing", "Please accept the privacy policy.", 400),
        reply=Fails(MessageRejected, words="Please accept the privacy policy."),
    ),
    Case(
        "a plug-in of WordPress's old kind ends the call",
        php="""
add_filter('rest_preprocess_comment', fn () => wp_die(
    '<p><strong>ERROR</strong>: invalid captcha.</p>', 'Comment Submission Failure', ['response' => 200]));
""",
        reply=Fails(MessageRejected, words="invalid captcha"),
    ),
    Case(
        "a plug-in refuses with a number for a word",
        php="""
add_filter('rest_pre_insert_comment', fn () => new WP_Error(403, 'Spam was detected.', ['status' => 403]));
""",
        reply=Fails(MessageRejected, words="Spam was detected."),
    ),
    Case(
        "a plug-in refuses in JSON of its own",
        php="""
add_filter('rest_preprocess_comment', fn () => wp_send_json_error(['message' => 'Spam was detected.'], 403));
""",
        reply=Fails(MessageRejected, words="Spam was detected."),
    ),
    Case(
        "a plug-in refuses in JSON of its own, with a status of 200",
        php="""
add_filter('rest_preprocess_comment', fn () => wp_send_json_error('Spam was detected.'));
""",
        reply=Fails(MessageRejected, words="Spam was detected."),
    ),
    Case(
        "a plug-in ends the call without a word",
        php="add_filter('rest_preprocess_comment', function () { exit; });",
        reply=down(Cause.UNREADABLE),
    ),
    Case(
        "a plug-in leads to another page after writing",
        php="""
add_action('rest_after_insert_comment', function () { wp_redirect(home_url('/thank-you/')); exit; });
""",
        lasting=True,
    ),
    Case(
        "the answer to a reply is another comment",
        php="""
add_filter('rest_post_dispatch', function ($response, $server, $request) {
    if ($request->get_method() === 'POST' && $response->get_status() === 201) {
        $response->data['id'] = $response->data['parent'] ?: $response->data['id'];
    }
    return $response;
}, 10, 3);
""",
        lasting=True,
    ),
    Case(
        "the answer to a reply is empty",
        host=edits(lambda answer: Answer(b"", 201, {}) if answer.status == 201 else answer, posts),
        lasting=True,
    ),
    Case(
        "the answer to a reply is 204",
        host=edits(lambda answer: Answer(b"", 204, {}) if answer.status == 201 else answer, posts),
        lasting=True,
    ),
    Case(
        "the answer to a reply is a page that thanks",
        host=edits(lambda answer: Answer("<p>Thank you!</p>", 200) if answer.status == 201 else answer, posts),
        lasting=True,
    ),
    Case(
        "a mail that cannot be sent is shown before the answer to a reply",
        php=r"""
add_action('rest_after_insert_comment', function () {
    echo "<b>Warning</b>: mail(): Failed to connect to mailserver\n";
});
""",
        lasting=True,
    ),
    Case(
        "everything that is written waits for a moment",
        php="add_action('wp_insert_comment', fn () => usleep(1500000));",
        lasting=True,
    ),
    Case(
        "a plug-in lets nobody write below comments of visitors",
        php="""
add_filter('rest_pre_insert_comment', fn ($comment) => empty($comment['comment_parent']) ? $comment
    : new WP_Error('rest_cannot_reply', 'Replies are closed for this comment.', ['status' => 403]));
""",
        reply=Fails(MessageRejected, words="Replies are closed for this comment."),
    ),
    Case(
        "the site keeps no characters but those of its country",
        php=stores("preg_replace('/[^\\\\x00-\\\\x{024F}]/u', '?', $text)"),
        answer="Σας περιμένουμε 🦆 στις δέκα",
        lasting=True,
    ),
]
