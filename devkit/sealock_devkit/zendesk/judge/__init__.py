# SPDX-License-Identifier: Apache-2.0
"""
Both sets of Zendesk's limits, checked on everything that a service answers.

Zendesk's published schemas and its documentation disagree in places. An answer that breaks the schema is refused;
one that breaks only the documentation is taken. Both are findings, and each names who says so.
"""

from __future__ import annotations

from sealock_devkit.zendesk.judge.answers import check_channelback_answer, check_pull_answer, check_return_form
from sealock_devkit.zendesk.judge.external_resource import check_external_resource
from sealock_devkit.zendesk.judge.findings import SCHEMA, Finding, Findings, Leeway
from sealock_devkit.zendesk.judge.http import check_content_type, check_status, read_json, too_large, too_slow
from sealock_devkit.zendesk.judge.manifest import check_manifest

__all__ = [
    "SCHEMA",
    "Finding",
    "Findings",
    "Leeway",
    "check_channelback_answer",
    "check_content_type",
    "check_external_resource",
    "check_manifest",
    "check_pull_answer",
    "check_return_form",
    "check_status",
    "read_json",
    "too_large",
    "too_slow",
]
