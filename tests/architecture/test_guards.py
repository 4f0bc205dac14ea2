# SPDX-License-Identifier: Apache-2.0
"""The rules that `tests/conftest.py` puts on every test, tried on tests that break them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

NETWORK = """
import asyncio, contextlib, socket
import pytest

AWAY = ["192.0.2.1", "10.1.2.3", "169.254.169.254"]
HERE = ["127.0.0.1", "127.8.8.8", "::1", "localhost"]

@pytest.mark.parametrize("host", AWAY + HERE)
def test_connects(host):
    with contextlib.suppress(OSError):
        socket.create_connection((host, 9), timeout=5)

@pytest.mark.parametrize("host", AWAY + HERE)
async def test_connects_later(host):
    with contextlib.suppress(OSError):
        await asyncio.open_connection(host, 9)

@pytest.mark.parametrize("host", AWAY + ["127.0.0.1"])
def test_sends(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug, contextlib.suppress(OSError):
        plug.sendto(b"hello", (host, 9))

def test_names_are_not_looked_up():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.com", 80)
"""
SKIPS = "import pytest\ndef test_it():\n    pytest.skip('no server')\n"
SKIPS_WHOLLY = "import pytest\npytest.skip('no server', allow_module_level=True)\n"
SAYS_WHERE = """
import os, time
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(6))
def test_it(number):
    Path(f"{__file__}.{os.environ['PYTEST_XDIST_WORKER']}").touch()
    time.sleep(0.05)
"""
FAILS_AS_EXPECTED = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_it():\n    raise ValueError\n"


def run(folder, *texts: str, processes: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run test files under our conftest, side by side if there are `processes`; what pytest said."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\naddopts = -p no:cloudcoil\n")
    for number, text in enumerate(texts):
        (folder / f"test_{number}.py").write_text(text)
    inherited = {name: value for name, value in os.environ.items() if name != "SEALOCK_REQUIRE_ORIGINS"}
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-W", "ignore", "."]
    command += ["-n", str(processes), "--dist", "loadfile"]
    return subprocess.run(
        command, cwd=folder, env=inherited | environment, capture_output=True, text=True, timeout=50, check=False
    )


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return run(tmp_path_factory.mktemp("network"), NETWORK).stdout


@pytest.mark.parametrize("name", ["test_connects", "test_connects_later", "test_sends"])
@pytest.mark.parametrize("host", ["192.0.2.1", "10.1.2.3", "169.254.169.254"])
def test_a_test_that_leaves_this_machine_fails_even_if_the_code_swallows_it(network, name, host):
    assert f"ERROR test_0.py::{name}[{host}] - " in network
    assert f"Failed: the test tried to connect to {host}" in network


@pytest.mark.parametrize("name", ["test_connects", "test_connects_later", "test_sends"])
def test_a_test_may_call_this_machine(network, name):
    assert f"PASSED test_0.py::{name}[127.0.0.1]" in network
    assert f"ERROR test_0.py::{name}[127" not in network
    assert f"ERROR test_0.py::{name}[::1]" not in network
    assert f"ERROR test_0.py::{name}[localhost]" not in network


def test_names_are_not_looked_up(network):
    assert "PASSED test_0.py::test_names_are_not_looked_up" in network


def test_a_skip_is_a_skip_where_origins_are_not_required(tmp_path):
    result = run(tmp_path, SKIPS, SKIPS_WHOLLY, FAILS_AS_EXPECTED)
    assert "2 skipped, 1 xfailed" in result.stdout


@pytest.mark.parametrize("text", [SKIPS, SKIPS_WHOLLY], ids=["a test", "a file"])
def test_a_skip_is_a_failure_where_origins_are_required(tmp_path, text):
    result = run(tmp_path, text, FAILS_AS_EXPECTED, SEALOCK_REQUIRE_ORIGINS="1")
    assert result.returncode in {1, 2}
    assert "skipped although SEALOCK_REQUIRE_ORIGINS is set" in result.stdout
    assert "no server" in result.stdout
    assert "skipped," not in result.stdout.splitlines()[-1]


def test_the_tests_of_a_file_run_in_one_process(tmp_path):
    result = run(tmp_path, SAYS_WHERE, SAYS_WHERE, SAYS_WHERE, processes=2)
    assert result.returncode == 0, result.stdout
    processes = [{path.suffix for path in tmp_path.glob(f"test_{number}.py.gw*")} for number in range(3)]
    assert [len(each) for each in processes] == [1, 1, 1]
    assert set.union(*processes) == {".gw0", ".gw1"}
