# SPDX-License-Identifier: Apache-2.0
"""The configuration: checked whole, named by setting, overridden by the environment."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import trustme

from sealock_edge.config import ConfigError, Listener, load, read
from sealock_edge.zendesk import ZendeskNotNamed

MINIMAL = {
    "edge": {"public_url": "https://channels.example.com", "keys": "/keys"},
    "zendesk": {"subdomains": ["acme"]},
    "integrations": {"guestbook": {"id": "org.example.guestbook", "name": "Guestbook", "target": "dns:///g:9443"}},
}


def changed(where: str, value: Any) -> dict[str, Any]:
    """The minimal configuration with one setting, named with dots, changed or (None) taken out."""
    tables = copy.deepcopy(MINIMAL)
    *path, setting = where.split(".")
    table: Any = tables
    for part in path:
        table = table.setdefault(part, {})
    if value is None:
        del table[setting]
    else:
        table[setting] = value
    return tables


def test_everything_else_has_a_default_that_works():
    config = read(MINIMAL, {})

    assert config.edge.listen == Listener("0.0.0.0", 8080)
    assert config.edge.internal_listen == Listener("0.0.0.0", 9090)
    assert (config.edge.pull_seconds, config.edge.channelback_seconds) == (50.0, 50.0)
    assert config.zendesk.hosts == ("zendesk.com",)
    assert config.integrations["guestbook"].insecure is False


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("edge.public_url", None),
        ("edge.public_url", ""),
        ("edge.public_url", 7),
        ("edge.store", "canary"),
        ("edge.store", "sqlite:"),
        ("edge.store", "valkeys://edge:canary@valkey"),
        ("edge.store", "valkey://canary.example.com"),
        ("edge.public_url", "http://channels.example.com"),
        ("edge.public_url", "ftp://channels.example.com"),
        ("edge.public_url", "https://user:canary@channels.example.com"),
        ("edge.public_url", "https://channels.example.com/?x"),
        ("edge.public_url", "https://channels.example.com:99999"),
        ("edge.public_url", "https://" + "x" * 300),
        ("edge.keys", None),
        ("edge.listen", "8080"),
        ("edge.listen", "localhost:0"),
        ("edge.listen", "localhost:70000"),
        ("edge.listen", 8080),
        ("edge.internal_listen", "0.0.0.0:8080"),
        ("edge.workers", 0),
        ("edge.workers", 1.5),
        ("edge.workers", True),
        ("edge.drain_seconds", -1),
        ("edge.drain_seconds", "5"),
        ("edge.pull_seconds", 59),
        ("edge.pull_seconds", 0),
        ("edge.channelback_seconds", 120),
        ("edge.shutdown_seconds", 49),
        ("edge.certificate", "/nowhere.pem"),
        ("edge.key", "/nowhere.pem"),
        ("edge.unknown", 1),
        ("edge.setup_steps_per_minute", 0),
        ("edge.setup_steps_per_minute_by_address", 0),
        ("edge.connections", 1),
        ("edge.connections.unknown", 1),
        ("edge.connections.trusted_proxies", "10.0.0.0/8"),
        ("edge.connections.trusted_proxies", ["10.0.0.1/8"]),
        ("edge.connections.trusted_proxies", ["canary.example.com"]),
        ("edge.connections.trusted_proxies", [10]),
        ("zendesk.subdomains", None),
        ("zendesk.subdomains", []),
        ("zendesk.subdomains", "acme"),
        ("zendesk.subdomains", [""]),
        ("zendesk.subdomains", ["Acme"]),
        ("zendesk.subdomains", ["acme.zendesk.com"]),
        ("zendesk.subdomains", ["acme", "*"]),
        ("zendesk.subdomains", ["*", "*"]),
        ("zendesk.subdomains", ["*cme"]),
        ("zendesk.subdomains", ["acme\n"]),
        ("zendesk.subdomains", ["canary_"]),
        ("zendesk.hosts", []),
        ("zendesk.hosts", "zendesk.com"),
        ("zendesk.hosts", ["https://zendesk.com"]),
        ("zendesk.hosts", ["com"]),
        ("zendesk.development_origins", ["http://example.com"]),
        ("zendesk.development_origins", ["http://127.0.0.1:8800/path"]),
        ("zendesk.unknown", 1),
        ("integrations.guestbook.id", None),
        ("integrations.guestbook.id", " outer "),
        ("integrations.guestbook.id", "x" * 512),
        ("integrations.guestbook.name", None),
        ("integrations.guestbook.name", "x" * 256),
        ("integrations.guestbook.target", None),
        ("integrations.guestbook.target", "has space"),
        ("integrations.guestbook.insecure", "yes"),
        ("integrations.guestbook.ca", "/nowhere.pem"),
        ("integrations.guestbook.certificate", "/nowhere.pem"),
        ("integrations.guestbook.clickthrough_hosts", ["https://example.com"]),
        ("integrations.guestbook.clickthrough_hosts", ["*"]),
        ("integrations.guestbook.push_client_id", "x" * 128),
        ("integrations.guestbook.unknown", 1),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(where, value):
    with pytest.raises(ConfigError) as caught:
        read(changed(where, value), {})

    setting = where.removesuffix(".unknown")
    assert any(problem.startswith(setting) for problem in caught.value.problems)
    assert "canary" not in str(caught.value)


def test_the_zendesk_accounts_have_to_be_named_outside_development():
    unnamed = changed("zendesk.subdomains", None)
    with pytest.raises(ConfigError, match=r"zendesk.subdomains is missing: name the Zendesk accounts .* or write '\*'"):
        read(unnamed, {})
    at_home = {**unnamed, "edge": {**unnamed["edge"], "public_url": "http://127.0.0.1:8080"}}
    zendesk_at_home = {**unnamed, "zendesk": {"development_origins": ["http://127.0.0.1:8800"]}}
    for tables in (at_home, zendesk_at_home):
        read(tables, {}).zendesk_hosts.check_named("any")
    read(changed("zendesk.subdomains", ["*"]), {}).zendesk_hosts.check_named("any")
    with pytest.raises(ZendeskNotNamed):
        read(MINIMAL, {}).zendesk_hosts.check_named("other")


@pytest.mark.parametrize("name", ["Guestbook", "guest_book", "-x", "x-", "a/b", "", "x" * 64])
def test_an_integrations_name_has_to_fit_into_a_path(name):
    tables = {**MINIMAL, "integrations": {name: MINIMAL["integrations"]["guestbook"]}}

    with pytest.raises(ConfigError, match="first part of the integration's URLs"):
        read(tables, {})


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        read({"edge": {"workers": 0}, "integrations": {"a": {}}}, {})

    told = " ".join(caught.value.problems)
    for setting in ("edge.public_url", "edge.keys", "edge.workers", "integrations.a.id", "integrations.a.target"):
        assert setting in told


@pytest.mark.parametrize("tables", [{}, {"edges": {}}, {"edge": 1}, {"integrations": []}, {"integrations": {"a": 1}}])
def test_tables_have_to_be_tables(tables):
    with pytest.raises(ConfigError):
        read({**MINIMAL, **tables} if tables else {}, {})


def test_two_integrations_cannot_share_an_id():
    one = MINIMAL["integrations"]["guestbook"]

    with pytest.raises(ConfigError, match=r"integrations\.b\.id is the same as integrations\.a\.id"):
        read({**MINIMAL, "integrations": {"a": one, "b": one}}, {})


def test_two_integrations_cannot_share_their_variables():
    one = MINIMAL["integrations"]["guestbook"]
    tables = {**MINIMAL, "integrations": {"a-b": one, "a": {**one, "id": "2"}}}

    assert read(tables, {"SEALOCK_EDGE_INTEGRATIONS_A_B_TARGET": "x:1"}).integrations["a-b"].target == "x:1"


def test_plaintext_and_certificates_exclude_each_other(tmp_path: Path):
    ca = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca))
    tables = changed("integrations.guestbook.ca", str(ca))
    assert read(tables, {}).integrations["guestbook"].ca == ca

    tables["integrations"]["guestbook"]["insecure"] = True
    with pytest.raises(ConfigError, match=r"integrations\.guestbook\.insecure"):
        read(tables, {})


@pytest.mark.parametrize("table", ["edge", "integrations.guestbook"])
def test_a_certificate_has_to_be_one_and_to_fit_its_key(tmp_path, table):
    authority = trustme.CA()
    files = []
    for name in ("one", "other"):
        issued = authority.issue_cert(f"{name}.example.com")
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        files.append((str(tmp_path / f"{name}.pem"), str(tmp_path / f"{name}.key")))
    (certificate, key), (_, other_key) = files

    tables = changed(f"{table}.certificate", certificate)
    target = tables["edge"] if table == "edge" else tables["integrations"]["guestbook"]
    with pytest.raises(ConfigError, match=f"{table}.key is missing"):
        read(tables, {})
    target["key"] = other_key
    with pytest.raises(ConfigError, match=f"{table}.certificate and key"):
        read(tables, {})
    target["key"] = key
    assert read(tables, {})


def test_a_loopback_address_may_be_plain_http():
    assert read(changed("edge.public_url", "http://127.0.0.1:8080/"), {}).edge.public_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("SEALOCK_EDGE_PUBLIC_URL", "https://other.example.com", lambda c: c.edge.public_url),
        ("SEALOCK_EDGE_WORKERS", "4", lambda c: c.edge.workers),
        ("SEALOCK_EDGE_DRAIN_SECONDS", "2.5", lambda c: c.edge.drain_seconds),
        ("SEALOCK_EDGE_KEYS", "/other", lambda c: str(c.edge.keys)),
        ("SEALOCK_EDGE_LISTEN", "[::1]:81", lambda c: str(c.edge.listen)),
        (
            "SEALOCK_EDGE_CONNECTIONS_TRUSTED_PROXIES",
            "10.0.0.0/8, 2001:db8::7/128",
            lambda c: ", ".join(map(str, c.connections.trusted_proxies)),
        ),
        ("SEALOCK_EDGE_ZENDESK_SUBDOMAINS", "acme, globex", lambda c: ", ".join(c.zendesk.subdomains)),
        ("SEALOCK_EDGE_ZENDESK_HOSTS", "a.example.com, b.example.com", lambda c: ", ".join(c.zendesk.hosts)),
        (
            "SEALOCK_EDGE_INTEGRATIONS_GUESTBOOK_TARGET",
            "dns:///other:1",
            lambda c: c.integrations["guestbook"].target,
        ),
        (
            "SEALOCK_EDGE_INTEGRATIONS_GUESTBOOK_INSECURE",
            "true",
            lambda c: str(c.integrations["guestbook"].insecure).lower(),
        ),
    ],
)
def test_the_environment_wins_over_the_file(variable, value, expected):
    config = read(MINIMAL, {variable: value, "SEALOCK_EDGE_SERVICE_HOST": "10.0.0.1", "SEALOCK_EDGE_PORT": "tcp://x"})

    assert str(expected(config)) == value


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SEALOCK_EDGE_WORKERS", "many"),
        ("SEALOCK_EDGE_PULL_SECONDS", "nan"),
        ("SEALOCK_EDGE_PULL_SECONDS", "inf"),
        ("SEALOCK_EDGE_ZENDESK_SUBDOMAINS", ""),
        ("SEALOCK_EDGE_ZENDESK_SUBDOMAINS", "*,acme"),
        ("SEALOCK_EDGE_INTEGRATIONS_GUESTBOOK_INSECURE", "1"),
    ],
)
def test_a_wrong_variable_is_named_by_its_setting(variable, value):
    with pytest.raises(ConfigError) as caught:
        read(MINIMAL, {variable: value})
    assert variable.rpartition("_EDGE_")[2].split("_")[0].lower() in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff", "not UTF-8"), (b"[edge", "not TOML"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, words):
    path = tmp_path / "edge.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=f"edge.toml.*{words}"):
        load(path, {})


def test_a_folders_files_are_read_together(tmp_path):
    (tmp_path / "edge.toml").write_text('[edge]\npublic_url = "https://channels.example.com"\n')
    (tmp_path / "keys.toml").write_text('[edge]\nkeys = "/keys"\n[zendesk]\nsubdomains = ["acme"]\n')
    for name in ("guestbook", "news"):
        table = f'[integrations.{name}]\nid = "org.example.{name}"\nname = "{name}"\ntarget = "dns:///{name}:9443"\n'
        (tmp_path / f"{name}.toml").write_text(table)
    (tmp_path / "notes.txt").write_text("not TOML")

    config = load(tmp_path, {})

    assert str(config.edge.keys) == "/keys"
    assert list(config.integrations) == ["guestbook", "news"]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("[edge]\nworkers = 1", "[edge]\nworkers = 1", "edge.workers is in a.toml and in b.toml"),
        (
            "[integrations.news]\nid = 'a'",
            "[integrations.news]\nname = 'b'",
            "integrations.news is in a.toml and in b.toml",
        ),
        ("edge = 1", "edge = 2", "edge is in a.toml and in b.toml"),
        ("edge = 1", "[edge", "b.toml is not TOML"),
    ],
)
def test_what_two_files_of_a_folder_say_is_refused(tmp_path, first, second, words):
    (tmp_path / "a.toml").write_text(first)
    (tmp_path / "b.toml").write_text(second)
    with pytest.raises(ConfigError, match=words):
        load(tmp_path, {})


def test_a_table_and_a_value_of_the_same_name_do_not_hide_each_other(tmp_path):
    (tmp_path / "a.toml").write_text("edge = 1")
    (tmp_path / "b.toml").write_text("[edge]\nworkers = 1")
    with pytest.raises(ConfigError):
        load(tmp_path, {})


def test_a_folder_without_files_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"has no files that end in \.toml"):
        load(tmp_path, {})


def test_a_mounted_config_map_is_a_folder_of_files(tmp_path):
    version = tmp_path / "..2026_11_26"
    version.mkdir()
    (tmp_path / "..data").symlink_to(version.name)
    (version / "edge.toml").write_text('[edge]\npublic_url = "https://channels.example.com"\nkeys = "/keys"\n')
    (version / "news.toml").write_text('[integrations.news]\nid = "news"\nname = "News"\ntarget = "dns:///news:9443"\n')
    (version / "zendesk.toml").write_text('[zendesk]\nsubdomains = ["acme"]\n')
    for name in ("edge.toml", "news.toml", "zendesk.toml"):
        (tmp_path / name).symlink_to(f"..data/{name}")

    assert list(load(tmp_path, {}).integrations) == ["news"]
