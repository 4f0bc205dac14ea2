# SPDX-License-Identifier: Apache-2.0
"""The alerts and the dashboard that are deployed, as they stand in the manifests."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

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
