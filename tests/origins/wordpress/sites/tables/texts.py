# SPDX-License-Identifier: Apache-2.0
"""What visitors and agents write, however unlikely, and what sites make of it."""

from __future__ import annotations

from sealock_connector import MessageRejected
from tests.origins.wordpress.sites.case import QUESTION, Case, Fails
from tests.origins.wordpress.sites.tables.words import LOST, stores

ANSWERS = {
    "a nought": "0",
    "an emoji alone": "🦆",
    "words from right to left": "\u202bنحن نفتح\u202c \u200f(10:00)",
    "control characters": "we\x0b are\x07 open",
    "a null byte": "we are\x00 open",
    "markup": "<b>We</b> are <script>alert(1)</script> open <!-- always -->",
    "entities": "&lt;b&gt; &amp;amp; &#39; &nbsp; &hearts;",
    "backslashes": "C:\\new\\table \\' \\\" \\\\",
    "short codes": "[gallery ids='1,2'] [contact-form-7 id=\"1\"] [[escaped]]",
    "many lines": "we\n\n\n\nare\n open\n\n> quoted\n- one\n- two",
    "lines of old Macs": "we\rare\r\nopen",
    "65,500 letters": "we open " * 8187,
    "Chinese": "我们周日上午十点到下午四点开放。",
}
AGAIN = {"a nought", "an emoji alone", "markup", "entities", "lines of old Macs"}
VISITORS = {
    "a nought": "0",
    "an emoji alone": "🦆",
    "backslashes": "C:\\new\\table",
    "words from right to left": "هل تفتحون",
    "entities": "5 < 6 & 7 > 6",
    "Chinese": "我们周日开放吗?",
    "the name of a fatal error": "Fatal error: Allowed memory size of 1 bytes exhausted",
    "the page of a bot check": "Just a moment, checking your browser before accessing captcha",
}

CASES = [
    *(Case(f"an agent answers with {what}", answer=text, lasting=True) for what, text in ANSWERS.items()),
    *(
        Case(f"an agent answers with {what}, and the answer is lost", answer=text, php=LOST, lasting=True)
        for what, text in ANSWERS.items()
        if what in AGAIN
    ),
    *(Case(f"a visitor writes {what}", visitors=[text], lasting=True) for what, text in VISITORS.items()),
    Case(
        "agents may write no markup",
        php="add_filter('user_has_cap', fn ($all) => ['unfiltered_html' => false] + $all);",
        answer=ANSWERS["markup"],
        lasting=True,
    ),
    Case(
        "agents may write no markup, and a link is in it",
        php="add_filter('user_has_cap', fn ($all) => ['unfiltered_html' => false] + $all);",
        answer="https://lock.example.test/hours?day=7&lang=en#sunday & <more>",
        lasting=True,
    ),
    Case(
        "a plug-in takes backslashes and quotes away",
        php=stores("stripslashes(stripslashes($text))"),
        answer=ANSWERS["backslashes"] + " is where it is",
        lasting=True,
    ),
    Case(
        "a plug-in makes the words HTML by the rules of posts",
        php=stores("apply_filters('the_content', $text)"),
        answer=ANSWERS["many lines"],
        lasting=True,
    ),
    Case(
        "a plug-in takes text of more than a thousand letters for too long",
        php="add_filter('rest_allowed_comment_lengths', fn ($all) => $all);"
        "add_filter('wp_get_comment_fields_max_lengths', fn ($all) => ['comment_content' => 1000] + $all);",
        answer="we are open " * 100,
        reply=Fails(MessageRejected, words="too long"),
        lasting=True,
    ),
    Case(
        "a text is longer than WordPress takes",
        answer="we & you & " * 5000,
        reply=Fails(MessageRejected, words="too long"),
        lasting=True,
    ),
    Case(
        "a site shows short codes of what is written",
        php="add_filter('comment_text', 'do_shortcode');"
        "add_shortcode('gallery', fn () => str_repeat('<img src=\"https://a.test/x.png\">', 500));",
        answer=ANSWERS["short codes"],
        visitors=["[gallery]", QUESTION],
        instead={"[gallery]": "a.test/x.png"},
        lasting=True,
    ),
    Case(
        "a site shows what is written as pictures of the texts",
        php="add_filter('comment_text', fn ($text) => '<img alt=\"\" src=\"/text.php?t=1\">');",
        instead={QUESTION: "#comment-"},
    ),
    Case(
        "a site doubles all entities of what is written",
        php="add_filter('comment_text', 'esc_html', 99);add_filter('comment_text', 'esc_html', 100);",
        visitors=["5 < 6"],
        instead={"5 < 6": "<p>5 < 6"},
    ),
]
