# SPDX-License-Identifier: Apache-2.0
"""The alerts and the dashboard that are deployed, as they stand in the manifests, and a Prometheus that reads them."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import yaml

from sealock_devkit.stack.process import Process, free_port, http_answers

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "k8s" / "components" / "monitoring"


def groups() -> dict:
    """The file of rules in the operator's object."""
    return yaml.safe_load((MONITORING / "alerts.yaml").read_text())["spec"]


def alerts() -> dict[str, dict]:
    """Every alert by its name."""
    return {rule["alert"]: rule for group in groups()["groups"] for rule in group["rules"]}


def measured(expression: str) -> str:
    """What an alert's expression looks at, without the bound that it is compared with."""
    inside = re.fullmatch(r"absent\((.*)\)", expression)
    return inside[1] if inside else re.sub(r"\s(==|>|<)\s[\d.]+$", "", expression)


def dashboard_queries() -> dict[str, str]:
    """Every query of the dashboard by its panel's title."""
    panels = json.loads((MONITORING / "sealock.json").read_text())["panels"]
    return {f"{panel['title']} {each['refId']}": each["expr"] for panel in panels for each in panel["targets"]}


def needed(program: str) -> str:
    """Where one of Prometheus's programs is; the test is skipped, or fails where it must run, if it is nowhere."""
    found = shutil.which(program)
    if found is None:
        reason = f"{program} is missing: apt-get install prometheus"
        if os.environ.get("SEALOCK_REQUIRE_PROMETHEUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Prometheus:
    """Answers queries."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def query(self, expression: str) -> list[dict]:
        """The series that the expression gives now."""
        answer = (await self._http.get("/api/v1/query", params={"query": expression})).json()
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    async def rules(self) -> list[dict]:
        """Every rule, with how its last evaluation went."""
        answer = (await self._http.get("/api/v1/rules")).json()
        return [rule for group in answer["data"]["groups"] for rule in group["rules"]]


def configured(folder: Path, jobs: Mapping[str, tuple[str, Mapping[str, str]]]) -> None:
    """Write what Prometheus reads."""
    folder.mkdir()
    (folder / "rules.json").write_text(json.dumps(groups()))
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.json"],
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": [target], "labels": dict(labels)}]}
            for name, (target, labels) in jobs.items()
        ],
    }
    (folder / "prometheus.json").write_text(json.dumps(configuration))


@asynccontextmanager
async def scraping(folder: Path, jobs: Mapping[str, tuple[str, Mapping[str, str]]]) -> AsyncGenerator[Prometheus]:
    """Prometheus with our rules and these jobs: for each name, its target and labels."""
    configured(folder, jobs)
    address = f"127.0.0.1:{free_port()}"
    command = [
        needed("prometheus"),
        f"--config.file={folder / 'prometheus.json'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    process = Process("prometheus", command, log=folder / "prometheus.log")
    await process.start()
    try:
        await process.ready(http_answers(f"http://{address}/-/ready", None))
        async with httpx2.AsyncClient(base_url=f"http://{address}", trust_env=False) as http:
            yield Prometheus(http)
    finally:
        await process.stop()
