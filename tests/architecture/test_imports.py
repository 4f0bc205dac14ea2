# SPDX-License-Identifier: Apache-2.0
"""Importing any module of ours does nothing: no file is written, no socket or process opened, no thread started."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT, dotted, modules

WATCHED = """
import importlib, json, sys, threading, warnings
seen = []
def watch(event, arguments):
    if event.startswith("socket.") and event not in {"socket.__new__", "socket.gethostname"}:
        seen.append(event)
    elif event == "socket.__new__" and importing:
        seen.append(event)
    elif event in {"subprocess.Popen", "os.system", "os.mkdir", "os.fork", "signal.signal"}:
        seen.append(event)
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append(f"open {arguments[0]}")
importing = None
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
threads = threading.active_count()
sys.addaudithook(watch)
wrong = {}
for name in json.loads(sys.argv[2]):
    seen.clear()
    importing = name
    importlib.import_module(name)
    if threading.active_count() != threads:
        seen.append("a thread")
        threads = threading.active_count()
    if seen:
        wrong[name] = list(seen)
print(json.dumps(wrong))
"""
OUTSIDE = ["grpc", "grpc.aio", "falcon", "falcon.asgi", "httpx2", "uvicorn", "jinja2", "prometheus_client", "sqlite3"]


@pytest.mark.parametrize("package", list(PACKAGES))
def test_nothing_happens_at_import(package):
    names = [dotted(package, path) for path in modules(package) if path.stem != "__main__"]
    command = [sys.executable, "-B", "-W", "error", "-c", WATCHED, json.dumps(OUTSIDE), json.dumps(names)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=55, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    assert json.loads(result.stdout) == {}


@pytest.mark.parametrize("action", ["open('x', 'w')", "socket.create_server(('127.0.0.1', 0))"])
def test_an_import_that_does_something_is_noticed(tmp_path, action):
    (tmp_path / "acting.py").write_text(f"import socket\n{action}\n")
    command = [sys.executable, "-B", "-c", WATCHED, '["socket"]', '["acting"]']
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert "acting" in json.loads(result.stdout), result.stderr
