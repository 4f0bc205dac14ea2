# SPDX-License-Identifier: Apache-2.0
"""Certificates, keys, the internal listener, and the command."""

from __future__ import annotations

import asyncio
import ssl
import sys
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from sealock_contract.command import main
from sealock_devkit.doctor.report import Row, Verdict, has_findings, table
from sealock_devkit.stack.stack import Options, Stack
from tests.devkit.doctor.conftest import Healthy
from tests.devkit.zendesk.scripted_service import Canned

DAY = timedelta(days=1)


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def trust(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def pair(authority, tmp_path, *names, **options):
    leaf = authority.issue_cert(*(names or ("127.0.0.1",)), **options)
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    return {"ssl_keyfile": str(tmp_path / "key.pem"), "ssl_certfile": str(tmp_path / "cert.pem")}


async def test_a_good_certificate_is_told_with_its_end(authority, trust, tmp_path, examined):
    ends = datetime.now(UTC) + 60 * DAY
    async with Healthy(ssl=pair(authority, tmp_path, not_after=ends)) as service:
        rows = await examined(service.manifest_url, trust=trust, insecure_loopback=False)
    assert {row.verdict for row in rows.values()} == {"ok"}
    assert rows["TLS"].seen == f"TLSv1.3, certificate until {ends:%Y-%m-%d}"


async def test_a_certificate_that_ends_soon_is_warned_of(authority, trust, tmp_path, findings):
    async with Healthy(ssl=pair(authority, tmp_path, not_after=datetime.now(UTC) + 5 * DAY)) as service:
        assert await findings(service.manifest_url, trust=trust) == {"TLS": "warning"}


@pytest.mark.parametrize(("problem", "told"), [("expired", "expired"), ("host", "mismatch"), ("stranger", "issuer")])
async def test_a_certificate_that_nobody_believes_is_found(authority, trust, tmp_path, examined, problem, told):
    past = {"not_before": datetime.now(UTC) - 9 * DAY, "not_after": datetime.now(UTC) - DAY}
    files = {
        "expired": lambda: pair(authority, tmp_path, **past),
        "host": lambda: pair(authority, tmp_path, "edge.example"),
        "stranger": lambda: pair(trustme.CA(), tmp_path),
    }[problem]()
    async with Healthy(ssl=files) as service:
        rows = await examined(service.manifest_url, trust=trust)
    assert told in rows["TLS"].seen
    assert {row.check for row in rows.values() if row.verdict == "failed"} == {"TLS", "manifest"}


async def test_what_is_no_tls_is_found(service, findings):
    url = service.manifest_url.replace("http:", "https:")
    assert await findings(url) == {"TLS": "failed", "manifest": "failed"}


async def test_a_key_ring_is_looked_at(service, examined, tmp_path, capsys):
    keys = tmp_path / "keys"
    assert main(["keys", "new", str(keys)]) == 0
    good = (await examined(service.manifest_url, keys=keys))["key ring"]
    assert good.verdict == "ok"
    assert good.seen.endswith(" seals")
    (key,) = keys.iterdir()
    key.chmod(0o644)
    assert (await examined(service.manifest_url, keys=keys))["key ring"].verdict == "warning"
    secret = key.read_text()
    key.write_text("nonsense")
    bad = (await examined(service.manifest_url, keys=keys))["key ring"]
    assert bad.verdict == "failed"
    assert secret not in bad.seen
    assert (await examined(service.manifest_url, keys=tmp_path / "none"))["key ring"].verdict == "failed"


READY = {"ready": True, "draining": False, "key_ring": "ok", "integrations": {"guestbook": {"ready": True}}}
INSIDE = [
    (Canned(READY), {}),
    (Canned({**READY, "ready": False}, status=503), {"edge: ready": "failed"}),
    (Canned({**READY, "key_ring": "a key is gone"}), {"edge: key ring": "failed"}),
    (Canned({**READY, "integrations": {"guestbook": {"ready": False}}}), {"connector guestbook": "failed"}),
    (Canned("<html>"), {"edge: ready": "failed"}),
    (Canned([]), {"edge: ready": "failed"}),
    (Canned({**READY, "integrations": []}), {"edge: ready": "failed"}),
]


@pytest.mark.parametrize(("answer", "expected"), INSIDE)
async def test_what_the_internal_listener_tells_is_judged(service, findings, answer, expected):
    service.answers["/readyz"] = answer
    assert await findings(service.manifest_url, internal_url=f"{service.url}/") == expected


@pytest.mark.parametrize(
    ("cause", "said"),
    [("NO_TLS", "does not answer the edge. What answers at its target speaks no TLS, and the edge does."), ("NEW", "")],
)
async def test_why_a_connector_does_not_answer_is_said_as_far_as_it_is_known(service, examined, cause, said):
    service.answers["/readyz"] = Canned({**READY, "integrations": {"guestbook": {"ready": False, "cause": cause}}})
    row = (await examined(service.manifest_url, internal_url=f"{service.url}/"))["connector guestbook"]
    assert row.seen == (said or "does not answer the edge.")


async def test_an_internal_listener_that_is_away_is_said(service, findings):
    assert await findings(service.manifest_url, internal_url="http://127.0.0.1:1") == {"edge: ready": "failed"}


def test_the_table_is_aligned_and_any_finding_counts():
    rows = [Row("a", Verdict.OK, "fine"), Row("long name", Verdict.WARNING, "x", "Do this.")]
    lines = table(rows).splitlines()
    assert lines[0].split() == ["CHECK", "VERDICT", "SEEN", "WHAT", "TO", "DO"]
    assert len({line.index(word) for line, word in zip(lines, ["SEEN", "fine", "x  "], strict=True)}) == 1
    assert has_findings(rows)
    assert not has_findings(rows[:1])


@pytest.mark.parametrize(
    "words", [["nonsense"], ["ftp://x.example/"], ["https://[/"], ["https://x.example", "--internal", "x"]]
)
def test_what_is_no_address_is_a_wrong_call(words, capsys):
    assert main(["doctor", *words]) == 2
    assert capsys.readouterr().err.startswith("sealock doctor: ")


def test_a_file_without_certificates_is_a_wrong_call(tmp_path, capsys):
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "none.pem"):
        assert main(["doctor", "https://x.example", "--ca", str(tmp_path / name)]) == 2
        assert name in capsys.readouterr().err


async def run(*words):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sealock_contract.command", "doctor", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.system
@pytest.mark.timeout(240)
async def test_our_own_edge_is_well_and_a_connector_that_is_away_is_found(tmp_path):
    async with Stack(tmp_path) as stack:
        words = [stack.manifest_url(), "--insecure-loopback", "--any-account", "--keys", str(stack.keys)]
        words += ["--internal", stack.edge.internal_url]
        code, told = await run(*words)
        assert code == 0, told
        assert "connector guestbook" in told
        await stack.kill(stack.connector)
        code, told = await run(*words)
        assert code == 1
        assert "See what the service, and what is behind it, complains about." in told
        assert "does not answer the edge. Nothing takes connections at its target." in told


@pytest.mark.system
@pytest.mark.timeout(240)
async def test_our_own_edge_is_examined_over_tls_with_an_authority_of_its_own(tmp_path):
    async with Stack(tmp_path, options=Options(tls=True)) as stack:
        code, told = await run(stack.manifest_url(), "--any-account", "--ca", str(stack.trust.authority))
        assert code == 1
        # The stack's certificates are for a day or two.
        assert [line.split()[0] for line in told.splitlines()[1:] if " ok " not in line] == ["TLS"]
        code, told = await run(stack.manifest_url())
        assert "the certificate is refused" in told
