# SPDX-License-Identifier: Apache-2.0
"""What authors import is named, complete and documented."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import sealock_connector
from tests.architecture.source_tree import PACKAGES, modules, named

SDK = PACKAGES["sealock_connector"]
SETTLED = ("_types", "_connector", "errors")
ALIASES = (str, int, float, bytes, tuple)


def public_definitions(path: Path) -> set[str]:
    """The public names that a module defines itself, not those it imports."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def test_the_sdk_exports_all_of_its_settled_values():
    wanted = set().union(*(public_definitions(SDK / f"{name}.py") for name in SETTLED))
    internal = {"dump_values"}
    assert wanted - internal - set(sealock_connector.__all__) == set()


def test_every_exported_name_exists_once_and_in_order():
    names = list(sealock_connector.__all__)
    assert [name for name in names if not hasattr(sealock_connector, name)] == []
    assert len(set(names)) == len(names)


def test_nothing_public_is_left_out_of_all():
    present = {
        name
        for name, value in vars(sealock_connector).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert present - {"annotations"} == set(sealock_connector.__all__) - {"__version__"}


def test_every_exported_name_is_documented():
    undocumented = []
    for name in sealock_connector.__all__:
        value = getattr(sealock_connector, name)
        if (inspect.isclass(value) or inspect.isroutine(value)) and not inspect.getdoc(value):
            undocumented.append(name)
    assert undocumented == []


@pytest.mark.parametrize("module", ["testing", "egress", "markup"])
def test_the_public_modules_are_documented(module):
    assert inspect.getdoc(importlib.import_module(f"sealock_connector.{module}"))


def documented(node: ast.AST) -> bool:
    """Has a docstring, or overrides something that has one."""
    decorators = {getattr(decorator, "id", "") for decorator in getattr(node, "decorator_list", ())}
    return bool(ast.get_docstring(node)) or bool(decorators & {"override", "overload"})


def undocumented_in(path: Path) -> list[str]:
    """The module, and its public classes, functions and methods, that have no docstring."""
    tree = ast.parse(path.read_text())
    missing = [] if documented(tree) or path.name == "__init__.py" else [named(path)]
    for node in tree.body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
            continue
        if not documented(node):
            missing.append(f"{named(path)}: {node.name}")
        if isinstance(node, ast.ClassDef):
            methods = [child for child in node.body if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))]
            public = [child for child in methods if not child.name.startswith("_") and not documented(child)]
            missing += [f"{named(path)}: {node.name}.{child.name}" for child in public]
    return missing


@pytest.mark.parametrize("package", list(PACKAGES))
def test_every_module_and_public_definition_has_a_docstring(package):
    assert [missing for path in modules(package) for missing in undocumented_in(path)] == []


@pytest.mark.parametrize("package", ["sealock_edge", "sealock_connector", "sealock_origins"])
def test_nothing_that_is_deployed_prints_except_commands(package):
    printing = []
    for path in modules(package):
        if path.parent.name == "commands" or path.name == "__main__.py":
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        if any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls):
            printing.append(named(path))
    assert printing == []


@pytest.mark.parametrize("package", list(PACKAGES))
def test_nothing_is_left_unwritten(package):
    assert [named(path) for path in modules(package) if "NotImplementedError" in path.read_text()] == []
