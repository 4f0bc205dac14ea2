# SPDX-License-Identifier: Apache-2.0
"""What sites, hosts and plug-ins do to the files of an agent's reply, and how files are called."""

from __future__ import annotations

import base64
from dataclasses import replace

from sealock_connector import Cause, MessageRejected
from sealock_connector.testing import File
from tests.origins.wordpress.sites.case import Case, Fails, down
from tests.origins.wordpress.sites.host import Answer, answers, edits, page

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PLAN = File("plan.pdf", "application/pdf", PDF)
PHOTO = File("photo.png", "image/png", PNG)
LOST_UPLOAD = "add_action('rest_after_insert_attachment', fn () => throw new Error('A fatal error.'));"


def media(asked):
    """Calls of the media library."""
    return "wp/v2/media" in asked.address


def uploads(asked):
    """Calls that add a file, and not an empty one."""
    return media(asked) and asked.method == "POST" and bool(asked.body)


def larger_than(size):
    """Calls whose body is larger."""
    return lambda asked: len(asked.body) > size


def called(name, kind="application/pdf", data=PDF):
    """A reply with one file of that name."""
    return [File(name, kind, data)]


def once(behaviour):
    """What a host does to the first file alone."""
    left = [True]

    async def behave(asked, site):
        if uploads(asked) and left:
            left.clear()
            return await behaviour(asked, site)
        return await site(asked)

    return behave


NAMES = {
    "in German": "Öffnungszeiten für Straße.pdf",
    "in emoji": "🦆🦆.pdf",
    "with quotes": 'the "new" plan.pdf',
    "with a semicolon and a backslash": "a; filename=b\\c.pdf",
    "with a path": "../../plan.pdf",
    "with two hundred letters": f"{'long' * 50}.pdf",
    "with a percent sign": "100%25 plan.pdf",
    "with spaces at its ends": "  plan.pdf  ",
}
REFUSED = {
    "a program": called("setup.exe", "application/x-msdownload", b"MZ"),
    "a drawing as SVG": called("plan.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a page": called("plan.html", "text/html", b"<p>plan</p>"),
    "a file without an ending": called("README", "text/plain", b"plan"),
    "a text that is called a picture": called("plan.png", "image/png", b"plan"),
    "a program of the web server": called("plan.php", "text/plain", b"<?php"),
    "settings of the web server": called(".htaccess", "text/plain", b"plan"),
}

CASES = [
    Case("a reply has a file", files=[PLAN], lasting=True),
    Case("a reply has a file, and permalinks are plain", files=[PLAN], permalinks="plain", lasting=True),
    Case("a reply has two files of one name", files=[PHOTO, PHOTO], lasting=True),
    *(Case(f"a file has a name {what}", files=called(name), lasting=True) for what, name in NAMES.items()),
    *(
        Case(
            f"WordPress takes no files that are {what}",
            files=[PLAN, *files],
            reply=Fails(MessageRejected, words="file"),
            lasting=True,
        )
        for what, files in REFUSED.items()
    ),
    Case(
        "a file is empty",
        files=called("plan.txt", "text/plain", b""),
        reply=Fails(MessageRejected, words="empty"),
        lasting=True,
    ),
    Case(
        "a file's type is told as nothing in particular",
        files=called("plan.pdf", "application/octet-stream"),
        lasting=True,
    ),
    Case(
        "the web server takes no more than a kilobyte",
        host=answers(page("413 Request Entity Too Large", "nginx", 413), larger_than(1024)),
        files=called("plan.pdf", data=PDF + b" " * 2000),
        reply=Fails(MessageRejected, Cause.TOO_LARGE, "large"),
    ),
    Case(
        "the web server takes no more than a kilobyte, and hangs up",
        host=answers(None, larger_than(1024)),
        files=called("plan.pdf", data=PDF + b" " * 2000),
        reply=down(Cause.CONNECTION_BROKEN),
    ),
    Case(
        "the folder of uploads cannot be written",
        php="add_filter('upload_dir', fn ($all) => ['error' => 'Unable to create directory uploads/2026/11. Is its"
        " parent directory writable by the server?'] + $all);",
        files=[PLAN],
        reply=Fails(MessageRejected, words="Unable to create directory"),
    ),
    Case(
        "the disk is full",
        php="add_filter('wp_handle_sideload_prefilter', fn ($file) =>"
        " ['error' => 'Could not write the file: No space left on device.'] + $file);",
        files=[PLAN],
        reply=Fails(MessageRejected, words="No space left"),
    ),
    Case(
        "a network allows files of a kilobyte",
        php="add_filter('wp_handle_sideload_prefilter', fn ($file) => filesize($file['tmp_name']) > 1024"
        " ? ['error' => 'This file is too big. Files must be less than 1 KB in size.'] + $file : $file);",
        files=called("plan.pdf", data=PDF + b" " * 2000),
        reply=Fails(MessageRejected, words="less than 1 KB"),
    ),
    Case(
        "files are on the host of a content network",
        php="add_filter('wp_get_attachment_url', fn ($url) => 'https://cdn.example.test/' . basename($url));",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "files have addresses that end after an hour",
        php="add_filter('wp_get_attachment_url', fn ($url) => $url . '?X-Amz-Signature=' . uniqid() . '&e=3600');",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "files have addresses without a host",
        php="add_filter('wp_get_attachment_url', fn ($url) => wp_make_link_relative($url));",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "files have no addresses until a job has moved them",
        php="add_filter('wp_get_attachment_url', '__return_false');",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "a plug-in gives files names by chance",
        php="add_filter('sanitize_file_name', fn ($name) =>"
        " md5(uniqid()) . '.' . pathinfo($name, PATHINFO_EXTENSION));",
        files=[PLAN, PHOTO],
        lasting=True,
    ),
    Case(
        "a plug-in names what is in the library by its own rules",
        php="add_filter('wp_insert_attachment_data', fn ($data) => ['post_name' => 'media-' . uniqid()] + $data);",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "pictures become WebP",
        php="""
add_filter('wp_handle_upload', function ($file) {
    rename($file['file'], $file['file'] . '.webp');
    return ['file' => $file['file'] . '.webp', 'url' => $file['url'] . '.webp', 'type' => 'image/webp'] + $file;
});
""",
        files=[PHOTO],
        lasting=True,
    ),
    Case(
        "the small versions of pictures cannot be made",
        php="add_filter('wp_generate_attachment_metadata', fn () => throw new Error('Imagick is broken.'));",
        files=[PHOTO],
        lasting=True,
    ),
    Case(
        "the site breaks after it has a file",
        php=LOST_UPLOAD,
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the answer to a file is lost once",
        host=once(edits(lambda answer: None, uploads)),
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the answer to a file is empty",
        host=edits(lambda answer: replace(answer, body=b""), uploads),
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the library cannot be listed",
        php="""
add_filter('rest_pre_dispatch', fn ($result, $server, $request) =>
    $request->get_route() === '/wp/v2/media' && $request->get_method() === 'GET'
    ? new WP_Error('rest_forbidden', 'No.', ['status' => 403]) : $result, 10, 3);
""",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the library is listed as a page of the host",
        host=answers(page("403 Forbidden", status=403), lambda asked: media(asked) and asked.method == "GET"),
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "a plug-in has taken the library out of the REST API",
        php="add_filter('rest_endpoints', fn ($all) =>"
        " array_filter($all, fn ($route) => !str_starts_with($route, '/wp/v2/media'), 2));",
        files=[PLAN],
        reply=Fails(MessageRejected, words="files"),
    ),
    Case(
        "a firewall lets no files pass",
        host=answers(page("403 Forbidden", "Wordfence", 403), uploads),
        files=[PLAN],
        reply=Fails(MessageRejected, Cause.FIREWALL, "plan.pdf"),
    ),
    Case(
        "a scanner of viruses takes every file away again",
        php="add_filter('rest_post_dispatch', function ($response, $server, $request) {"
        " $request->get_route() === '/wp/v2/media' && $request->get_method() === 'POST'"
        " && !empty($response->data['id']) && wp_delete_attachment($response->data['id'], true);"
        " return $response; }, 10, 3);",
        files=[PLAN],
        reply=Fails(MessageRejected, words="plan.pdf"),
    ),
    Case(
        "a scanner of viruses refuses a file",
        php="add_filter('wp_handle_sideload_prefilter', fn ($file) => ['error' => 'A virus was found.'] + $file);",
        files=[PLAN],
        reply=Fails(MessageRejected, words="A virus was found."),
    ),
    Case(
        "files are private until somebody approves them",
        php="add_filter('wp_insert_attachment_data', fn ($data) => ['post_status' => 'private'] + $data);",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the answer to a file is 200 and a page",
        host=edits(lambda answer: Answer("<p>Uploaded</p>") if answer.status == 201 else answer, uploads),
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the site takes links away from what is written",
        php="add_filter('pre_comment_content', fn ($text) => preg_replace('#<a[^>]*>(.*?)</a>#', '$1', $text), 99);",
        files=[PLAN],
        lasting=True,
    ),
    Case(
        "the site takes links and addresses away from what is written",
        php="add_filter('pre_comment_content', fn ($text) =>"
        " preg_replace(['#<a[^>]*>(.*?)</a>#', '#https?://\\S+#'], ['$1', ''], $text), 99);",
        files=[PLAN],
        reply=Fails(MessageRejected, words="links"),
    ),
    Case(
        "too many links make it spam",
        php="add_filter('pre_option_comment_max_links', fn () => 1);",
        files=[PLAN, PHOTO],
        lasting=True,
    ),
]
