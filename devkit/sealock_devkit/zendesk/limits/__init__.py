# SPDX-License-Identifier: Apache-2.0
"""
Both sets of Zendesk's limits, checked on everything that a service answers.

Zendesk's published schemas and its documentation disagree in places. An answer that breaks the schema is refused;
one that breaks only the documentation is taken. Both are findings, and each names who says so.
"""

from __future__ import annotations

from sealock_devkit.zendesk.limits.answers import check_channelback_answer, check_pull_answer
from sealock_devkit.zendesk.limits.external_resource import check_external_resource
from sealock_devkit.zendesk.limits.findings import Finding, Findings
from sealock_devkit.zendesk.limits.http import check_content_type, check_status, read_json, too_large, too_slow
from sealock_devkit.zendesk.limits.leeway import SCHEMA, Leeway
from sealock_devkit.zendesk.limits.manifest import check_manifest, is_loopback, is_service_url
from sealock_devkit.zendesk.limits.return_form import check_return_form

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
    "is_loopback",
    "is_service_url",
    "read_json",
    "too_large",
    "too_slow",
]
