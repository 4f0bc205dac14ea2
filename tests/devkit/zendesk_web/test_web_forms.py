# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent as a form is read or refused; nothing breaks."""

from __future__ import annotations

from falcon.asgi import App
from falcon.testing import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from sealock_devkit.zendesk.web.forms import read_form_with_files

GOOD = (
    b'--limit\r\nContent-Disposition: form-data; name="body"\r\n\r\nSee.\r\n'
    b'--limit\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"hello\r\n--limit--\r\n"
)
FORM = "multipart/form-data; boundary=limit"


class Reader:
    """Says what the form has."""

    async def on_post(self, request, response):
        form = await read_form_with_files(request)
        files = [(file.name, file.content_type, file.content.decode("latin-1")) for file in form.files]
        response.media = {"fields": form.fields, "files": files, "problem": form.problem}


def sent(body, content_type=FORM):
    app = App()
    app.add_route("/", Reader())
    return TestClient(app).simulate_post("/", body=body, headers={"Content-Type": content_type})


def test_a_form_is_read():
    read = sent(GOOD).json
    assert read == {"fields": {"body": "See."}, "files": [["a.txt", "text/plain", "hello"]], "problem": ""}


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 5))
def test_a_form_that_was_cut_off_is_refused(length):
    assert sent(GOOD[:length]).status_code == 400


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_a_form_that_was_damaged_is_read_or_refused(at, damage):
    assert sent(GOOD[:at] + damage + GOOD[at + len(damage) :]).status_code in {200, 400}


HEADERS = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)


@settings(deadline=None)
@given(st.binary(max_size=300), HEADERS)
def test_any_bytes_of_any_type_are_read_or_refused(body, more):
    for content_type in (FORM, f"multipart/form-data; boundary={more}", "application/x-www-form-urlencoded", more):
        assert sent(body, content_type).status_code in {200, 400, 415}


@settings(deadline=None)
@given(HEADERS, HEADERS)
def test_any_header_of_a_part_is_read_or_refused(disposition, content_type):
    head = f"Content-Disposition: form-data; {disposition}\r\nContent-Type: {content_type}\r\n\r\n"
    assert sent(b"--limit\r\n" + head.encode("latin-1") + b"x\r\n--limit--").status_code in {200, 400}
