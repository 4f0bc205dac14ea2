# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket
import ssl
import tomllib
from importlib.metadata import entry_points

import pytest

from sealock_devkit.stack.certificates import Authority
from sealock_devkit.stack.demo_origin import demo_origin_names, load_demo_origin
from sealock_devkit.stack.process import free_port
from sealock_devkit.stack.programs import write_settings


async def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    async def close(_, writer):
        writer.close()

    listening = await asyncio.start_server(close, "127.0.0.1", 0, ssl=server)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "connector"])
async def test_a_certificate_of_the_authority_is_believed_by_name_and_address(tmp_path, name):
    authority = Authority(tmp_path)
    pair = authority.make("connector")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    await shake_hands(server, ssl.create_default_context(cafile=authority.certificate), name)


async def test_a_certificate_of_another_authority_is_not_believed(tmp_path):
    (tmp_path / "other").mkdir()
    pair = Authority(tmp_path).make("connector")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.certificate, pair.key)
    other = Authority(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(server, ssl.create_default_context(cafile=other.certificate), "connector")


def test_keys_are_readable_by_their_owner_only(tmp_path):
    pair = Authority(tmp_path).make("edge")
    assert pair.key.stat().st_mode & 0o077 == 0


def test_a_free_port_can_be_listened_on():
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[0] == "127.0.0.1"


def test_settings_are_read_back_as_they_were_written(tmp_path):
    tables = {"edge": {"name": 'a "quoted" \\ näme', "workers": 2, "seconds": 0.5}, "a.b": {"on": True, "l": ["x"]}}
    write_settings(tmp_path / "edge.toml", tables)
    assert tomllib.loads((tmp_path / "edge.toml").read_text()) == {
        "edge": tables["edge"],
        "a": {"b": tables["a.b"]},
    }


@pytest.mark.parametrize("name", demo_origin_names())
def test_every_demo_origin_has_its_name(name):
    origin = load_demo_origin(name)
    assert origin.name == name
    assert origin.title
    assert name in entry_points(group="sealock.origins").names


def test_an_unknown_origin_is_told_which_ones_there_are():
    with pytest.raises(ValueError, match="guestbook"):
        load_demo_origin("myspace")
