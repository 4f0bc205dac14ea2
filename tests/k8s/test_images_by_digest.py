# SPDX-License-Identifier: Apache-2.0
"""What `images/build` writes of the images that it pushed makes overlays run exactly these."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.k8s.manifests import K8S, ORIGINS, ROOT, build, container_of, of_kind

REGISTRY = "registry.example.com/team"
DOCKER = """#!/usr/bin/env bash
echo "$*" >>"$SAID"
case $1 in
  create) echo container ;;
  image) [ "$2" != inspect ] || printf '%s\\n' "elsewhere.example.com/x@sha256:$(printf 'f%.0s' {1..64})" "$DIGEST" ;;
  cp) touch "$3" ;;
esac
"""


@pytest.fixture
def project(tmp_path) -> Path:
    """What the program needs of the project, in a folder of its own, with a docker that only notes what it is told."""
    for file in ("images/build", "contract/sealock_contract/__init__.py", "connector/origins/pyproject.toml"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    shutil.copytree(K8S, tmp_path / "k8s")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    return tmp_path


def ran(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": f"{project}/bin:{os.environ['PATH']}", "SAID": f"{project}/said", **environment}
    program = [project / "images/build", "1.2.3", "--network=host"]
    return subprocess.run(program, env=given, capture_output=True, text=True, check=False)


def digest_of(name: str) -> str:
    return "sha256:" + f"{sum(name.encode()):064x}"


def test_a_pushed_image_runs_by_the_digest_that_the_registry_gave_it(project):
    docker = DOCKER.replace('"$DIGEST"', '"${5%:*}@$(cat "$SAID.digests/$(basename "${5%:*}")")"')
    (project / "bin/docker").write_text(docker)
    (project / "said.digests").mkdir()
    images = ["sealock-edge", *(f"sealock-connector-{origin}" for origin in ORIGINS)]
    for image in images:
        (project / "said.digests" / image).write_text(digest_of(image))
    assert ran(project, REGISTRY=REGISTRY).returncode == 0
    said = (project / "said").read_text()
    assert all(f"push --quiet {REGISTRY}/{image}:1.2.3" in said for image in images)

    overlay = project / "k8s/overlays/production/kustomization.yaml"
    settings = yaml.safe_load(overlay.read_text())
    settings["components"].append("../../../dist/images")
    del settings["images"]
    overlay.write_text(yaml.safe_dump(settings))
    run = {container_of(each)["image"] for each in of_kind(build(overlay.parent), "Deployment")}
    assert run == {f"{REGISTRY}/{image}@{digest_of(image)}" for image in images}


def test_an_image_without_a_digest_is_not_written_down_as_one(project):
    done = ran(project, REGISTRY=REGISTRY, DIGEST="<none>")
    assert done.returncode == 1
    assert "the registry gave no digest" in done.stderr


def test_without_a_registry_nothing_is_pushed(project):
    assert ran(project, DIGEST="").returncode == 0
    assert not re.search(r"^(push|tag)", (project / "said").read_text(), re.MULTILINE)
    assert not (project / "dist/images").exists()
