# SPDX-License-Identifier: Apache-2.0
"""What hosts, caches and plug-ins do to lists: their size, their order, their number, their JSON."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from dataclasses import replace

from sealock_connector import Cause
from tests.origins.wordpress.sites.case import QUESTION, Case, Fails, Says, down
from tests.origins.wordpress.sites.host import Answer, answers, calls, comments, edits, every, page, rest

SEVERAL = [QUESTION, "And on Monday?", "And on Tuesday?", "And on Wednesday?", "And on Thursday?"]


def body(change):
    """The host changes the bytes of what the REST API answers."""
    return edits(lambda answer: replace(answer, body=change(answer.body)))


def values(change):
    """The host changes the JSON of lists of comments."""

    def edit(answer):
        return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())

    return edits(lambda answer: edit(answer) if answer.status == 200 else answer, comments)


def encoded(name, pack, when=every):
    """The host packs what it answers, whatever was asked for."""
    return edits(
        lambda answer: replace(answer, headers={**answer.headers, "content-encoding": name}, body=pack(answer.content)),
        when,
    )


def long_addresses(asked):
    """Calls that name many comments."""
    return (
        len(re.findall(r"\d+", re.sub(r".*include=([^&]*).*", r"\1", asked.target))) > 2 and "include=" in asked.target
    )


LIMITED = """
add_filter('rest_comment_query', function ($query) {
    %s
    return $query;
}, 99);
"""

CASES = [
    Case(
        "Cloudflare waits a hundred seconds for ten comments, and no longer",
        host=answers(page("example.test | 524: A timeout occurred", status=524), calls(comments, per_page_above=10)),
        lasting=True,
    ),
    Case(
        "PHP ends with a white page where more than five comments are asked for",
        host=answers(Answer(b"", 200, {"content-type": "text/html"}), calls(comments, per_page_above=5)),
        lasting=True,
    ),
    Case(
        "PHP shows that its memory is used up, with a status of 200",
        host=answers(
            Answer(
                "<br />\n<b>Fatal error</b>:  Allowed memory size of 134217728 bytes exhausted in <b>x.php</b><br />"
            ),
            calls(comments, per_page_above=5),
        ),
        lasting=True,
    ),
    Case(
        "the host ends PHP, and the connection with it, where more than five comments are asked for",
        host=answers(None, calls(comments, per_page_above=5)),
        lasting=True,
    ),
    Case(
        "CloudLinux has reached its limit where more than five comments are asked for",
        host=answers(page("508 Resource Limit Is Reached", status=508), calls(comments, per_page_above=5)),
        lasting=True,
    ),
    Case(
        "CloudLinux has reached its limit at every call",
        host=answers(page("508 Resource Limit Is Reached", "The website is temporarily unable to service", 508)),
        form=Says("site", "reports an error"),
        pull=down(Cause.ORIGIN_FAILED),
        reply=down(Cause.ORIGIN_FAILED),
    ),
    Case(
        "a firewall finds calls that name many comments too long",
        host=answers(page("414 Request-URI Too Large", "nginx", 414), long_addresses),
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "mod_security does not like long lists of numbers",
        host=answers(page("403 Forbidden", "You don't have permission to access this.", 403), long_addresses),
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "the site gives ten comments at most, and says so in German",
        php="""
add_filter('rest_request_before_callbacks', fn ($response, $handler, $request) => (int) $request['per_page'] > 10
    ? new WP_Error('rest_invalid_param', 'Ungültiger Parameter: per_page', ['status' => 400]) : $response, 10, 3);
""",
        lasting=True,
    ),
    Case(
        "the site gives two comments at once, and does not say how many there are",
        php=LIMITED % "$query['number'] = min(2, $query['number']); $query['no_found_rows'] = true;",
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "the site gives three comments at once",
        php=LIMITED % "$query['number'] = min(3, $query['number']);",
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "the site passes over where a list is to begin",
        php=LIMITED % "unset($query['offset']);",
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "comments are listed newest first, whatever is asked for",
        php=LIMITED % "$query['order'] = 'DESC'; $query['orderby'] = 'comment_date_gmt';",
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "the site passes over which comments are asked for",
        php=LIMITED % "unset($query['comment__in']);",
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "the site refuses to sort by number",
        php="""
add_filter('rest_comment_collection_params', function ($params) {
    $params['orderby']['enum'] = ['date', 'date_gmt'];
    return $params;
}, 99);
""",
        form=Says("site", "read comments in order"),
        pull=down(Cause.ROUTE_MISSING),
        reply=None,
        visitors=SEVERAL,
    ),
    Case(
        "a cache answers 304 with nothing",
        host=answers(Answer(b"", 304), comments),
        form=Says("site", "are broken"),
        pull=down(Cause.UNREADABLE),
        reply=down(Cause.UNREADABLE),
    ),
    Case(
        "the list says how many there are in a form of its own",
        host=edits(lambda answer: replace(answer, headers={**answer.headers, "x-wp-total": "1,234"}), comments),
        lasting=True,
    ),
    Case(
        "the list says that it is empty, and is not",
        host=edits(lambda answer: replace(answer, headers={**answer.headers, "x-wp-total": "0"}), comments),
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "answers are compressed with brotli though nobody asked",
        host=encoded("br", lambda content: b"\x0b\x02\x80" + content),
        form=Says("site", "compress"),
        pull=down(Cause.UNREADABLE),
        reply=down(Cause.UNREADABLE),
    ),
    Case(
        "answers are compressed with zstd though nobody asked",
        host=encoded("zstd", lambda content: b"\x28\xb5\x2f\xfd\x00" + content),
        form=Says("site", "compress"),
        pull=down(Cause.UNREADABLE),
        reply=down(Cause.UNREADABLE),
    ),
    Case(
        "answers are compressed twice",
        host=encoded("gzip", lambda content: gzip.compress(gzip.compress(content))),
        lasting=True,
    ),
    Case("answers are called compressed and are not", host=encoded("gzip", lambda content: content), lasting=True),
    Case("answers are deflated", host=encoded("deflate", zlib.compress), lasting=True),
    Case(
        "answers are compressed and not called so",
        host=body(gzip.compress),
        lasting=True,
    ),
    Case(
        "a plug-in puts every answer into an object of its own",
        host=body(lambda content: b'{"success":true,"data":' + content + b"}"),
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.NOT_ITS_API),
        reply=down(Cause.NOT_ITS_API),
    ),
    Case(
        "answers are JSON in a text of JSON",
        host=body(lambda content: json.dumps(content.decode()).encode()),
        lasting=True,
    ),
    Case(
        "answers begin as those of script calls do",
        host=body(lambda content: b"/**/callback(" + content + b");"),
        lasting=True,
    ),
    Case("answers begin with what keeps scripts out", host=body(lambda content: b")]}',\n" + content), lasting=True),
    Case(
        "answers are in UTF-16",
        host=edits(lambda answer: replace(answer, body=answer.body.decode().encode("utf-16"))),
        lasting=True,
    ),
    Case(
        "answers have lines and tabs inside their texts",
        host=body(lambda content: content.replace(b"Sunday", b"Sun\tday")),
        instead={QUESTION: "Are you open on Sun"},
        lasting=True,
    ),
    Case(
        "a debug bar is shown below every answer",
        host=body(lambda content: content + b'<div id="qm"><script>var qm = {"a": [1, 2]};</script></div>'),
        lasting=True,
    ),
    Case(
        "a warning in JSON stands before every answer",
        host=body(lambda content: b'{"warning":"deprecated"}' + content),
        form=Says("site", "are broken"),
        pull=down(Cause.UNREADABLE),
        reply=Fails(),
    ),
    Case(
        "lists are objects with numbers as names",
        host=values(
            lambda items: {str(place): item for place, item in enumerate(items)} if isinstance(items, list) else items
        ),
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "lists have gaps",
        host=values(lambda items: [None, *items, False] if isinstance(items, list) else items),
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "lists name each comment twice",
        host=values(lambda items: [item for item in items for _ in range(2)] if isinstance(items, list) else items),
        visitors=SEVERAL,
        lasting=True,
    ),
    Case(
        "the REST API answers 200 and says that nothing is allowed",
        host=answers(Answer({"code": "rest_forbidden", "message": "No.", "data": {"status": 403}}), rest),
        form=Says("site", "No."),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "the REST API answers 201 to everything",
        host=edits(lambda answer: replace(answer, status=201) if answer.status == 200 else answer),
        lasting=True,
    ),
    Case(
        "the REST API answers what it should with 404",
        host=edits(lambda answer: replace(answer, status=404) if answer.status == 200 else answer),
        form=Says("site", "No WordPress answers"),
        pull=down(Cause.ROUTE_MISSING),
        reply=down(Cause.ROUTE_MISSING),
    ),
    Case(
        "HEAD and OPTIONS are all that the server lets through",
        host=answers(page("405 Method Not Allowed", status=405), rest),
        form=Says("site", "A firewall"),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
]
