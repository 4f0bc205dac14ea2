# SPDX-License-Identifier: Apache-2.0
"""Files are opened by links that are asked for when they are wanted, without the token."""

from __future__ import annotations

import pytest

from sealock_connector import NotFound
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import error

DATA = b"\x89PNG" * 200_000


async def test_a_messages_file_is_opened(graph, connector):
    graph.files["/cdn/a"] = DATA
    files = [
        {"id": "1", "mime_type": "image/png", "name": "a.png", "image_data": {"url": f"{graph.url}/cdn/a?oh=1"}},
        {"id": "2", "mime_type": "application/pdf", "name": "b", "file_url": f"{graph.url}/cdn/b"},
        {"id": "3", "mime_type": "video/mp4", "video_data": {"url": f"{graph.url}/cdn/c"}},
    ]
    graph.message(text="", files=tuple(files))
    [found] = (await connector.pull(account())).resources
    assert found.message == "(a picture)\n(a file)\n(a video)"
    assert [(file.name, file.content_type, file.url) for file in found.files] == [
        ("a.png", "image/png", ""),
        ("b-2.bin", "application/pdf", ""),
        ("video-3.mp4", "video/mp4", ""),
    ]
    opened = await connector.open_file(account(), found.files[0].reference)
    assert (opened.name, opened.data) == ("a.png", DATA)
    with pytest.raises(NotFound):
        await connector.open_file(account(), found.files[1].reference)


@pytest.mark.parametrize("kind", ["comment", "post"])
async def test_a_picture_whose_link_is_long_is_asked_for_again(graph, connector, kind):
    graph.files["/cdn/p"] = b"picture"
    picture = f"{graph.url}/cdn/p?{'x' * 600}"
    if kind == "post":
        graph.post("7007", picture=picture)
    else:
        graph.comment(graph.post(), picture=picture)
    [found] = (await connector.pull(account())).resources
    opened = await connector.open_file(account(), found.files[0].reference)
    assert (opened.name, opened.data) == ("picture-1.jpg", b"picture")


async def test_pictures_beyond_the_tenth_are_opened_too(graph, connector):
    graph.files["/cdn/p"] = b"picture"
    shown = [{"media_type": "photo", "media": {"image": {"src": f"{graph.url}/cdn/{number}"}}} for number in range(11)]
    shown.append({"media_type": "photo", "media": {"image": {"src": f"{graph.url}/cdn/p"}}})
    graph.post("7007", more={"attachments": {"data": [{"subattachments": {"data": shown}}]}})
    [found] = (await connector.pull(account())).resources
    opened = await connector.open_file(account(), found.files[11].reference)
    assert (opened.name, opened.data) == ("picture-12.jpg", b"picture")


@pytest.mark.parametrize("reference", ["", "x", "c:1_2:0", "m:0:m_1", "p:1_2:99", "m:0:../../me", "c:..:0"])
async def test_a_reference_to_what_is_not_there_is_not_found(graph, connector, reference):
    with pytest.raises(NotFound if reference else Exception):
        await connector.open_file(account(), reference)
    assert all("me" not in call for call in graph.calls)


async def test_a_file_that_was_taken_away_is_not_found(graph, connector):
    message = graph.message()
    with pytest.raises(NotFound):
        await connector.open_file(account(), f"m:0:{message}")
    graph.faults[f"GET /{message}"] = [error(100, 33)]
    with pytest.raises(NotFound):
        await connector.open_file(account(), f"m:0:{message}")
