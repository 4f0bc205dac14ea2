# SPDX-License-Identifier: Apache-2.0
"""The component `valkey` as it would run: a real server with its pod's arguments, asked as a connector would ask."""

from __future__ import annotations

import re
import socket
import subprocess
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from valkey.asyncio import Valkey
from valkey.exceptions import AuthenticationError, ResponseError

from sealock_connector import OutboxUnavailable
from sealock_connector._outbox import Claimed, Finished
from sealock_connector._serving.options import outbox_of
from sealock_edge.store import Hint
from sealock_edge.store.valkey import ValkeyStore
from tests.k8s.fitting import faults, secrets_of, settings_of
from tests.k8s.manifests import K8S, OVERLAYS, components_of, container_of, make, named, of_kind, overlay, pod_of
from tests.valkey_server import ValkeyServer

WITH_VALKEY = [name for name in OVERLAYS if "valkey" in components_of(name)]
LEASE = timedelta(seconds=10)
PRODUCTION = overlay("production")
SETTINGS = settings_of(PRODUCTION, named(PRODUCTION, "Deployment", "connector-guestbook"))
STORE = re.fullmatch(r"valkeys://connector-guestbook@([a-z]+):(\d+)", SETTINGS["SEALOCK_CONNECTOR_STORE"])
HOST, PORT = STORE.groups()
ORIGINS = ("guestbook", "wordpress")


@pytest.fixture
def secrets(tmp_path):
    """The Secrets as the scripts make them."""
    make("make-certificates", tmp_path, "valkey", "connector-guestbook")
    make("make-valkey-users", tmp_path, "edge", *ORIGINS)
    return tmp_path


def in_folder(path, secrets, *, tls, origin="guestbook"):
    """Where a file of a pod is: its mount is a Secret's folder."""
    mounted = {"tls": tls, "users": "valkey-users", "valkey": f"connector-{origin}-valkey"}
    return secrets / mounted[Path(path).parent.name] / Path(path).name


@pytest.fixture
def server(secrets, monkeypatch):
    """Valkey with the arguments and the settings of its container, under its Service's name."""
    container = container_of(named(PRODUCTION, "StatefulSet", "valkey"))
    assert container["command"] == ["valkey-server", "/etc/valkey/valkey.conf"]
    assert {"--port 0", f"--tls-port {PORT}"} <= set(container["args"])
    arguments = [each.removeprefix("--") for each in container["args"] if "port" not in each]
    moved = [
        re.sub(r"/var/run/\S+", lambda path: str(in_folder(path[0], secrets, tls="valkey-tls")), each)
        for each in arguments
    ]
    lookup = socket.getaddrinfo
    with ValkeyServer(secrets / "data", *moved, encrypted=True) as running:

        def named_in_the_cluster(host, port, *more, **options):
            ours = (host, str(port)) == (HOST, PORT)
            return lookup("127.0.0.1" if ours else host, running.port if ours else port, *more, **options)

        monkeypatch.setattr(socket, "getaddrinfo", named_in_the_cluster)
        yield running


@asynccontextmanager
async def a_connectors_outbox(secrets, origin="guestbook"):
    """The outbox of a connector with the settings of its pod."""
    settings = settings_of(PRODUCTION, named(PRODUCTION, "Deployment", f"connector-{origin}"))
    outbox = outbox_of(
        settings["SEALOCK_CONNECTOR_STORE"],
        origin=origin,
        password_file=in_folder(settings["SEALOCK_CONNECTOR_STORE_PASSWORD_FILE"], secrets, tls="", origin=origin),
        ca_file=in_folder(SETTINGS["SEALOCK_CONNECTOR_STORE_CA"], secrets, tls="connector-guestbook-tls"),
    )
    await outbox.open()
    yield outbox
    await outbox.close()


async def test_connectors_use_it_with_their_own_settings_and_nothing_is_wrong(secrets, server, caplog):
    async with a_connectors_outbox(secrets) as one, a_connectors_outbox(secrets) as two:
        assert await one.claim("k", "a", LEASE) == Claimed(None)
        assert await one.renew("k", "a", LEASE)
        await one.abandon("k", "a", timedelta(0))
        await two.wait("k", LEASE)
        assert (await two.claim("k", "b", LEASE)).first_tried_at is not None
        await two.finish("k", b"r")
        await one.claim("other", "a", LEASE)
        await one.release("other", "a")
        assert await one.claim("k", "c", LEASE) == Finished(b"r")
    assert caplog.text == ""


@asynccontextmanager
async def an_edges_store(secrets):
    """The store of an edge with the settings of its pod."""
    settings = settings_of(PRODUCTION, named(PRODUCTION, "Deployment", "edge"))
    assert Path(settings["SEALOCK_EDGE_STORE_PASSWORD_FILE"]) == Path("/var/run/sealock/valkey/password")
    store = ValkeyStore(
        settings["SEALOCK_EDGE_STORE"],
        86_400,
        password_file=secrets / "edge-valkey/password",
        ca_file=in_folder(settings["SEALOCK_EDGE_STORE_CA"], secrets, tls="connector-guestbook-tls"),
    )
    await store.open()
    yield store
    await store.close()


async def test_edges_use_it_with_their_own_settings_and_meet_no_connector(secrets, server, caplog):
    async with an_edges_store(secrets) as one, an_edges_store(secrets) as two:
        hints = [Hint(f"h{number}", "sealed") for number in range(1100)]
        await one.tell("page", hints)
        await one.pulled("a", "m", "s")
        await one.answered("a", "m", watched="page", metadata="m", state="s", read=())
        assert (await two.tell("page", hints)).accounts == ("a",)
        claim = await two.claim("a", "o", 60)
        assert await two.pushed("a", "o", state="p", read=claim.hints)
        assert await two.release("a", "o", claim.tells)
        await two.pause("p", 60)
        assert await one.paused("p") > 0
        await one.note("a", "m2")
        assert await two.find("a") == "m2"
        await two.forget("a")
        assert await one.find("a") is None
    assert caplog.text == ""
    password = (secrets / "edge-valkey/password").read_text().strip()
    authority = str(secrets / "valkey-tls/ca.crt")
    async with Valkey(
        host=HOST, port=int(PORT), username="edge", password=password, ssl=True, ssl_ca_certs=authority
    ) as user:
        for command in (("HMGET", OWN, "result"), ("KEYS", "*"), ("FLUSHALL",), ("CONFIG", "GET", "*")):
            with pytest.raises(ResponseError, match=r"(?i)no permissions"):
                await user.execute_command(*command)


async def test_it_keeps_what_it_was_given_when_it_is_killed(secrets, server):
    async with a_connectors_outbox(secrets) as outbox:
        await outbox.finish("k", b"r")
        server.kill()
        server.start()
        assert await outbox.claim("k", "a", LEASE) == Finished(b"r")


async def test_a_password_is_changed_without_a_moment_in_which_none_holds(secrets, server):
    async with a_connectors_outbox(secrets) as before:
        await before.claim("k", "a", LEASE)
        password = secrets / "connector-guestbook-valkey/password"
        old = password.read_text()
        make("make-valkey-users", secrets, "guestbook")
        new = password.read_text()
        server.kill()
        server.start()
        password.write_text(old)  # a connector's file comes later
        assert await before.renew("k", "a", LEASE)
        password.write_text(new)
        async with a_connectors_outbox(secrets) as after:
            assert await after.renew("k", "a", LEASE)
        make("make-valkey-users", secrets, "guestbook")
        server.kill()
        server.start()
        password.write_text(old)
        async with a_connectors_outbox(secrets) as stale:
            with pytest.raises(OutboxUnavailable):
                await stale.renew("k", "a", LEASE)


async def test_a_password_is_changed_without_changing_anothers(secrets, server):
    async with a_connectors_outbox(secrets, "wordpress") as other:
        make("make-valkey-users", secrets, "guestbook", "facebook")
        server.kill()
        server.start()
        assert await other.claim("k", "a", LEASE) == Claimed(None)
        async with a_connectors_outbox(secrets) as renewed:
            assert await renewed.claim("k", "a", LEASE) == Claimed(None)


async def test_two_origins_do_not_meet(secrets, server):
    async with a_connectors_outbox(secrets) as one, a_connectors_outbox(secrets, "wordpress") as two:
        await one.finish("k", b"r")
        assert await two.claim("k", "b", LEASE) == Claimed(None)


OWN, OTHERS = "sealock:outbox:1:guestbook:k", "sealock:outbox:1:wordpress:k"
NOT_ALLOWED = [
    *(("HGETALL", OWN), ("HMGET", OTHERS, "result"), ("HSET", OTHERS, "result", "r"), ("DEL", OTHERS)),
    *(("PEXPIRE", OTHERS, "1"), ("HMGET", "sealock:outbox:1:guestbook", "x"), ("HSET", "else", "a", "b")),
    ("EVAL", f"return redis.call('HMGET', '{OTHERS}', 'result')", "0"),
    ("EVAL", "return redis.call('HMGET', KEYS[1], 'result')", "1", OTHERS),
    ("EVAL", "return redis.call('KEYS', '*')", "0"),
    ("EVAL", "return redis.call('FLUSHALL')", "0"),
    *(("KEYS", "*"), ("SCAN", "0"), ("RANDOMKEY",), ("DBSIZE",), ("TYPE", OWN), ("DUMP", OWN), ("RENAME", OWN, "a")),
    *(("FLUSHALL",), ("FLUSHDB",), ("SWAPDB", "0", "1"), ("COPY", OTHERS, OWN), ("MOVE", OWN, "1")),
    *(("CONFIG", "GET", "*"), ("CONFIG", "SET", "maxmemory", "1"), ("ACL", "LIST"), ("ACL", "SETUSER", "x")),
    *(
        ("SCRIPT", "FLUSH"),
        ("SCRIPT", "KILL"),
        ("SCRIPT", "EXISTS", "a"),
        ("FUNCTION", "LOAD", "x"),
        ("FCALL", "x", "0"),
    ),
    *(("SHUTDOWN",), ("BGREWRITEAOF",), ("SAVE",), ("REPLICAOF", "127.0.0.1", "1")),
    *(
        ("MONITOR",),
        ("SYNC",),
        ("SUBSCRIBE", "a"),
        ("PUBLISH", "a", "b"),
        ("CLIENT", "LIST"),
        ("CLIENT", "KILL", "a:1"),
    ),
    *(("CLIENT", "PAUSE", "1"), ("MODULE", "LIST"), ("SLOWLOG", "GET"), ("MIGRATE", "h", "1", OWN, "0", "1")),
    *(("SET", OWN, "a"), ("SETRANGE", OWN, "536870911", "a"), ("BLPOP", OWN, "0"), ("EVAL_RO", "return 1", "0")),
]


async def test_a_connectors_user_does_what_its_outbox_needs_and_nothing_else(secrets, server):
    async with a_connectors_outbox(secrets, "wordpress") as other:
        await other.finish("k", b"r")
        password = (secrets / "connector-guestbook-valkey/password").read_text().strip()
        authority = str(secrets / "valkey-tls/ca.crt")
        async with Valkey(
            host=HOST,
            port=int(PORT),
            username="connector-guestbook",
            password=password,
            ssl=True,
            ssl_ca_certs=authority,
        ) as user:
            assert await user.hset(OWN, "result", "r") == 1
            for command in NOT_ALLOWED:
                with pytest.raises(ResponseError, match=r"(?i)no permissions"):
                    await user.execute_command(*command)
            with pytest.raises(AuthenticationError):
                await user.execute_command("AUTH", "connector-wordpress", password)
        assert await other.claim("k", "b", LEASE) == Finished(b"r")


def test_it_says_how_it_is_used_and_takes_no_name_that_is_a_pattern(tmp_path):
    for arguments in ((), ("*",), ("a:b",), ("A",), ("a b",), ("guestbook", "")):
        ran = subprocess.run(
            [K8S / "make-valkey-users", tmp_path, *arguments], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 2
    assert list(tmp_path.iterdir()) == []


def ask(server, authority, *command):
    """What a probe does: its exit code and words, within a second."""
    host = ("-h", "127.0.0.1", "-p", str(server.port))
    asked = [*(str(authority) if each.startswith("/") else each for each in command)]
    asked[1:1] = host
    return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=20)


def test_its_probes_see_that_it_answers_and_that_its_certificate_holds(secrets, server, tmp_path):
    container = container_of(named(PRODUCTION, "StatefulSet", "valkey"))
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        command = container[probe]["exec"]["command"]
        answer = ask(server, secrets / "valkey-tls/ca.crt", *command)
        assert (answer.returncode, "NOAUTH" in answer.stdout) == (0, True)
    make("make-certificates", tmp_path / "others", "valkey")
    assert ask(server, tmp_path / "others/valkey-tls/ca.crt", *command).returncode != 0
    server.kill()
    assert ask(server, secrets / "valkey-tls/ca.crt", *command).returncode != 0
    server.start()


@pytest.mark.parametrize("name", WITH_VALKEY)
def test_connectors_and_the_edge_have_only_their_own_password(name):
    for deployment in of_kind(overlay(name), "Deployment"):
        given = [each for each in secrets_of(deployment) if "valkey" in each]
        origin = pod_of(deployment)["metadata"]["labels"].get("app.kubernetes.io/instance")
        assert given == ([f"connector-{origin}-valkey"] if origin else ["edge-valkey"])


def test_every_overlay_whose_connectors_have_replicas_shares_an_outbox():
    for name in OVERLAYS:
        documents = overlay(name)
        scaled = [each for each in of_kind(documents, "HorizontalPodAutoscaler") if each["metadata"]["name"] != "edge"]
        assert bool(scaled) == (name in WITH_VALKEY)


def test_its_certificate_has_the_name_that_connectors_use():
    assert named(PRODUCTION, "Certificate", "valkey-tls")["spec"]["dnsNames"] == [HOST]
    assert named(PRODUCTION, "Service", HOST)["spec"]["ports"][0]["port"] == int(PORT)
    assert faults(PRODUCTION) == []
    assert secrets_of(named(PRODUCTION, "StatefulSet", "valkey")) == {"valkey-tls", "valkey-users"}
