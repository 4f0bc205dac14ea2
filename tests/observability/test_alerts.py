# SPDX-License-Identifier: Apache-2.0
"""Each alert fires on what it is for, and stays silent while all is well; each has its section in the runbook."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from sealock.connector.v1.error_detail_pb2 import CAUSE_CERTIFICATE
from sealock_contract.causes import SENTENCES, cause_name
from tests.docs.pages import DOCS, anchors
from tests.observability.prometheus import alerts, groups, needed


def of_any_origin(words: str) -> str:
    """The sentence where nobody says which origin it is."""
    told = words.format(origin="the origin")
    return told[:1].upper() + told[1:]


MINUTES = 90
GUESTBOOK, ORIGIN = 'integration="guestbook"', 'origin="guestbook"'


def edge_calls(endpoint: str, outcome: str) -> str:
    return f'sealock_edge_calls_total{{{GUESTBOOK},endpoint="{endpoint}",outcome="{outcome}"}}'


def nudges(outcome: str) -> str:
    return f'sealock_edge_nudges_total{{{GUESTBOOK},outcome="{outcome}"}}'


def buckets(at_most_50: str, at_most_10: str) -> dict[str, str]:
    name = f'sealock_edge_call_seconds_bucket{{{GUESTBOOK},endpoint="pull",le="%s"}}'
    return {name % "10.0": at_most_10, name % "50.0": at_most_50, name % "+Inf": at_most_50}


def origin_calls(outcome: str) -> str:
    return f'sealock_connector_origin_calls_total{{{ORIGIN},outcome="{outcome}"}}'


def quota(le: str) -> str:
    return f'sealock_connector_origin_quota_used_ratio_bucket{{{ORIGIN},le="{le}"}}'


QUOTA = f"sealock_connector_origin_quota_used_ratio_count{{{ORIGIN}}}"
UNCERTAIN = f'sealock_connector_replies_total{{{ORIGIN},outcome="uncertain"}}'
OUTBOX = f"sealock_connector_outbox_failures_total{{{ORIGIN}}}"
SET_ASIDE = f'sealock_edge_resources_total{{{GUESTBOOK},fate="set_aside"}}'
REFUSED = f'sealock_edge_zendesk_calls_total{{{GUESTBOOK},call="push",outcome="token"}}'
NO_HINTS = f"sealock_edge_pulls_without_hints_total{{{GUESTBOOK}}}"
DROPPED = f'sealock_edge_hints_total{{{GUESTBOOK},fate="dropped"}}'
PLACES = 'sealock_edge_connection_limits_total{listener="public",limit="most"}'
UP = 'up{job="sealock-edge",instance="one"}'
READY = f"sealock_edge_connector_ready{{{GUESTBOOK}}}"
FAULT = f'sealock_edge_connector_fault{{{GUESTBOOK},cause="NO_TLS"}}'


def caused(cause: str) -> str:
    return f'sealock_edge_call_causes_total{{{GUESTBOOK},endpoint="pull",outcome="origin_unavailable",cause="{cause}"}}'


LAG = 'sealock_connector_loop_lag_seconds_%s{job="sealock-connector",instance="two"%s}'
STEADY, GROWING = f"0x{MINUTES}", f"0+30x{MINUTES}"

WELL = {
    "sealock_edge_start_timestamp_seconds": f"1700000000x{MINUTES}",
    "sealock_edge_key_ring_good": f"1x{MINUTES}",
    "sealock_edge_store_good": f"1x{MINUTES}",
    UP: f"1x{MINUTES}",
    READY: f"1x{MINUTES}",
    FAULT: STEADY,
    caused("CERTIFICATE"): f"0x30 0+1x{MINUTES - 30}",
    edge_calls("pull", "ok"): GROWING,
    edge_calls("pull", "internal"): STEADY,
    edge_calls("pull", "origin_unavailable"): STEADY,
    edge_calls("pull", "unsealable"): STEADY,
    edge_calls("channelback", "connector_down"): STEADY,
    SET_ASIDE: STEADY,
    REFUSED: STEADY,
    edge_calls("webhook", "ok"): GROWING,
    edge_calls("webhook", "webhook_refused"): STEADY,
    NO_HINTS: STEADY,
    DROPPED: STEADY,
    nudges("pushed"): GROWING,
    nudges("failed"): STEADY,
    nudges("elsewhere"): GROWING,
    PLACES: STEADY,
    origin_calls("2xx"): GROWING,
    origin_calls("5xx"): STEADY,
    origin_calls("throttled"): STEADY,
    QUOTA: GROWING,
    quota("0.9"): GROWING,
    UNCERTAIN: STEADY,
    OUTBOX: STEADY,
    LAG % ("count", ""): GROWING,
    LAG % ("bucket", ',le="0.5"'): GROWING,
    **buckets(GROWING, GROWING),
}

ONE_INTEGRATION, ONE_ORIGIN = {"integration": "guestbook"}, {"origin": "guestbook"}
FIRING = {
    "SealockEdgeGone": ({"sealock_edge_start_timestamp_seconds": None}, {}),
    "SealockTargetDown": ({UP: STEADY}, {"job": "sealock-edge", "instance": "one"}),
    "SealockLoopHeldUp": (
        {LAG % ("bucket", ',le="0.5"'): f"0+29x{MINUTES}"},
        {"job": "sealock-connector", "instance": "two"},
    ),
    "SealockConnectorNotReady": ({READY: STEADY, FAULT: f"1x{MINUTES}"}, ONE_INTEGRATION),
    "SealockKeyRingUnreadable": ({"sealock_edge_key_ring_good": STEADY}, {}),
    "SealockStoreUnreachable": ({"sealock_edge_store_good": STEADY}, {}),
    "SealockPlacesTaken": ({PLACES: GROWING}, {"limit": "most"}),
    "SealockFaults": ({edge_calls("pull", "internal"): f"0+1x{MINUTES}"}, ONE_INTEGRATION),
    "SealockPullsFailing": ({edge_calls("pull", "origin_unavailable"): f"0+3x{MINUTES}"}, ONE_INTEGRATION),
    "SealockAccountsFailing": ({caused("CERTIFICATE"): f"0+1x{MINUTES}"}, {**ONE_INTEGRATION, "cause": "CERTIFICATE"}),
    "SealockRepliesFailing": ({edge_calls("channelback", "connector_down"): f"0+1x{MINUTES}"}, ONE_INTEGRATION),
    "SealockPullsSlow": (buckets(GROWING, STEADY), ONE_INTEGRATION),
    "SealockUnsealable": ({edge_calls("pull", "unsealable"): f"0+1x{MINUTES}"}, ONE_INTEGRATION),
    "SealockPushRefused": ({REFUSED: f"0x{MINUTES - 30} 1x{MINUTES}"}, {**ONE_INTEGRATION, "outcome": "token"}),
    "SealockWebhooksRefused": (
        {edge_calls("webhook", "webhook_refused"): f"0+1x{MINUTES}"},
        {**ONE_INTEGRATION, "outcome": "webhook_refused"},
    ),
    "SealockPullsWithoutHints": ({NO_HINTS: f"0x{MINUTES - 12} 1x{MINUTES}"}, ONE_INTEGRATION),
    "SealockHintsDropped": ({DROPPED: f"0x{MINUTES - 30} 1x{MINUTES}"}, {**ONE_INTEGRATION, "fate": "dropped"}),
    "SealockNudgesFailing": ({nudges("failed"): f"0+10x{MINUTES}"}, ONE_INTEGRATION),
    "SealockResourcesSetAside": ({SET_ASIDE: f"0x{MINUTES - 30} 1x{MINUTES}"}, ONE_INTEGRATION),
    "SealockOriginFailing": ({origin_calls("5xx"): f"0+20x{MINUTES}"}, ONE_ORIGIN),
    "SealockOriginThrottles": ({origin_calls("throttled"): f"0+5x{MINUTES}"}, ONE_ORIGIN),
    "SealockQuotaNearlyUsed": ({quota("0.9"): f"0+25x{MINUTES}"}, ONE_ORIGIN),
    "SealockRepliesUncertain": ({UNCERTAIN: f"0x{MINUTES - 10} 1x{MINUTES}"}, ONE_ORIGIN),
    "SealockOutboxUnreachable": ({OUTBOX: f"0x{MINUTES - 3} 1x{MINUTES}"}, ONE_ORIGIN),
}


SAID = {
    ("SealockConnectorNotReady", "description"): "Why the connector of guestbook does not answer: NO_TLS.",
    ("SealockAccountsFailing", "summary"): ("Pulls of guestbook have failed for an hour for one cause, CERTIFICATE."),
    ("SealockAccountsFailing", "description"): of_any_origin(SENTENCES[CAUSE_CERTIFICATE]),
}
"""What annotations say that have a template in them."""


def promtool(folder, series: dict, expected: dict[str, list]) -> subprocess.CompletedProcess:
    """Let the rules judge the series, one value a minute. Expects the alerts with these labels."""
    (folder / "rules.json").write_text(json.dumps(groups()))
    samples = [{"series": name, "values": values} for name, values in series.items() if values is not None]
    judged = [
        {"eval_time": f"{MINUTES - 1}m", "alertname": name, "exp_alerts": firing} for name, firing in expected.items()
    ]
    test = {
        "rule_files": ["rules.json"],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": samples, "alert_rule_test": judged}],
    }
    (folder / "test.json").write_text(json.dumps(test))
    command = [needed("promtool"), "test", "rules", str(folder / "test.json")]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def firing(name: str, labels: dict) -> list:
    rule = alerts()[name]
    annotations = {annotation: SAID.get((name, annotation), text) for annotation, text in rule["annotations"].items()}
    return [{"exp_labels": {**labels, **rule["labels"]}, "exp_annotations": annotations}]


def test_the_alert_has_the_sentence_of_every_cause():
    description = alerts()["SealockAccountsFailing"]["annotations"]["description"]
    said = dict(re.findall(r'if eq \. "([A-Z_]+)" -}}\s*(.*?)\s*{{-', description))
    assert said == {cause_name(cause): of_any_origin(words) for cause, words in SENTENCES.items() if words}


def test_every_alert_has_a_case():
    assert set(FIRING) == set(alerts())


def test_no_alert_fires_while_all_is_well(tmp_path):
    judged = promtool(tmp_path, WELL, {name: [] for name in alerts()})
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", FIRING)
def test_an_alert_fires_on_what_it_is_for(tmp_path, name):
    changed, labels = FIRING[name]
    judged = promtool(tmp_path, {**WELL, **changed}, {name: firing(name, labels)})
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", FIRING)
def test_an_alert_links_to_its_section_of_the_runbook(name):
    page, _, anchor = alerts()[name]["annotations"]["runbook_url"].partition("#")
    assert page.endswith("/docs/operations/alerts.md")
    assert anchor in anchors(DOCS / "operations" / "alerts.md")
