# SPDX-License-Identifier: Apache-2.0
"""A value that may hold a secret prints without it: in a traceback, a log line, an assertion."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source_tree import dotted, modules

SUSPICIOUS = re.compile(
    r"metadata|token|secret|passw|session|answers|credential|connector_account|sealed|plain|cookie|authorization"
    r"|callback_(query|state)|^(values|body|headers)$"
)
HARMLESS = {"bool", "int", "float", "Path", "Path | None", "frozenset[str]"}
"""Types that cannot hold one: yes or no, numbers, where a file is, names of fields."""
REVIEWED = {
    "sealock_connector._types: WebhookAnswer.body": "goes to whoever called",
    "sealock_connector._types: WebhookAnswer.headers": "goes to whoever called",
    "sealock_origins.meta.inbox: InboxPuller.explain": "a function",
}
EXAMPLE = """
@dataclass(frozen=True)
class Account:
    name: str
    token: str
    token_kept: bool
    password: str = field(repr=False)
"""


def is_dataclass(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(each) for each in node.decorator_list)


def shown(tree: ast.AST) -> Iterator[str]:
    """The fields of dataclasses that look secret and would be printed."""
    for node in filter(is_dataclass, ast.walk(tree)):
        for field in node.body:
            if not isinstance(field, ast.AnnAssign) or not SUSPICIOUS.search(field.target.id):
                continue
            hidden = field.value is not None and "repr=False" in ast.unparse(field.value)
            if not hidden and ast.unparse(field.annotation) not in HARMLESS:
                yield f"{node.name}.{field.target.id}"


@pytest.mark.parametrize("package", ["sealock_edge", "sealock_connector", "sealock_origins"])
def test_no_field_that_looks_secret_is_printed(package):
    found = {
        f"{dotted(package, path)}: {name}" for path in modules(package) for name in shown(ast.parse(path.read_text()))
    }
    assert found - set(REVIEWED) == set()
    assert {name for name in REVIEWED if name.startswith(f"{package}.")} <= found


def test_a_field_that_would_be_printed_is_noticed():
    assert list(shown(ast.parse(EXAMPLE))) == ["Account.token"]
