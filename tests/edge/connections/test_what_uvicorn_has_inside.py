# SPDX-License-Identifier: Apache-2.0
"""
What the edge's connections need of uvicorn's and httptools' insides.

Neither promises to keep these. When one of the tests here fails after an upgrade, read the new source of
`uvicorn/protocols/http/httptools_impl.py` beside `sealock_edge/connections/protocol.py` before changing the versions.
"""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version

import httptools
import pytest
import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sealock_edge.connections import protocol
from tests.architecture.source_tree import ROOT

SOURCE = inspect.getsource(HttpToolsProtocol)


def test_it_is_the_version_whose_inside_was_read():
    assert version("uvicorn").startswith("0.54.")
    assert '"uvicorn>=0.54,<0.55"' in (ROOT / "edge" / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    "name",
    [
        "connection_made",
        "connection_lost",
        "data_received",
        "pause_writing",
        "resume_writing",
        "on_message_begin",
        "on_header",
        "on_headers_complete",
        "on_body",
        "on_message_complete",
        "on_response_complete",
        "_start_asgi_task",
        "shutdown",
    ],
)
def test_every_method_that_is_replaced_is_one_of_uvicorns(name):
    assert name in vars(HttpToolsProtocol)
    assert name in vars(protocol.HttpConnection)
    assert inspect.signature(getattr(HttpToolsProtocol, name)).parameters.keys() == (
        inspect.signature(getattr(protocol.HttpConnection, name)).parameters.keys()
    )


def test_no_name_of_uvicorns_is_taken():
    source = inspect.getsource(protocol.HttpConnection.__init__)
    made = set(re.findall(r"self\.(\w+)\b(?=[^()]* = )", source))
    assert {"begun", "_running", "_in_body"} <= made
    assert made & set(re.findall(r"self\.(\w+)", SOURCE)) == set()


@pytest.mark.parametrize(
    "line",
    [
        "self._start_asgi_task(self.cycle, app)",
        "self.pipeline.appendleft((self.cycle, app))",
        "on_response=self.on_response_complete",
        "self.cycle.more_body = False",
        "self.parser.feed_data(data)",
    ],
)
def test_the_base_does_what_is_built_upon(line):
    assert line in SOURCE


def test_a_request_s_cycle_has_what_is_set_and_read():
    source = inspect.getsource(RequestResponseCycle.__init__)
    for name in ("body", "more_body", "disconnected", "keep_alive", "response_complete", "waiting_for_100_continue"):
        assert f"self.{name} = " in source
    assert {"pause_reading", "resume_reading", "pause_writing", "resume_writing"} <= vars(FlowControl).keys()


def test_the_server_closes_what_it_is_given_as_servers():
    source = inspect.getsource(uvicorn.Server.shutdown) + inspect.getsource(uvicorn.Server._wait_tasks_to_complete)
    assert set(re.findall(r"\bserver\.(\w+)\(", source)) == {"close", "wait_closed"}


def test_the_server_s_loop_is_one_tick_after_another_of_which_every_tenth_makes_the_date():
    loop, tick = inspect.getsource(uvicorn.Server.main_loop), inspect.getsource(uvicorn.Server.on_tick)
    assert set(re.findall(r"self\.(\w+)", loop)) == {"on_tick"}
    assert tick.index("if counter % 10 == 0:") < tick.index("formatdate(") < tick.index("if self.should_exit:")


class Parsed:
    """Takes nothing in."""


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"GET / HTTP/3.0\r\n\r\n", "Invalid HTTP version"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Pause on PRI/Upgrade"),
    ],
)
def test_the_parser_says_in_these_words_that_it_is_another_version(sent, words):
    with pytest.raises(httptools.HttpParserError) as error:
        httptools.HttpRequestParser(Parsed()).feed_data(sent)
    assert str(error.value) == words
    assert words in protocol._OTHER_VERSIONS
