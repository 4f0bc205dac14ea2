# SPDX-License-Identifier: Apache-2.0
"""The edge's own log lines. Nothing is logged that is not a named argument here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from sealock_contract.log_lines import described, line
from sealock_contract.loop_lag import Stall


class Journal:
    """Writes the edge's own lines."""

    def __init__(self, stream: BinaryIO, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._clock = clock

    def call(
        self,
        *,
        request_id: str,
        endpoint: str,
        integration: str,
        method: str,
        status: int,
        outcome: str,
        cause: str,
        seconds: float,
        account_id: str,
        resources: int | None,
    ) -> None:
        """One call was answered. `cause` is empty where nothing failed, or nobody found out why."""
        fields: dict[str, Any] = {
            "request_id": request_id,
            "endpoint": endpoint,
            "integration": integration,
            "method": method,
            "status": status,
            "outcome": outcome,
            "ms": round(seconds * 1000, 1),
        }
        if account_id:
            fields["account_id"] = account_id
        if cause:
            fields["cause"] = cause
        if resources is not None:
            fields["resources"] = resources
        self._put("info" if status < 500 else "warning", "call", fields)

    def account_failing(
        self, *, integration: str, account_id: str, since: datetime, outcome: str, cause: str, why: str
    ) -> None:
        """An account's pulls began to fail, fail for another cause than before, or have failed for another hour."""
        self._write(
            "warning",
            "account_failing",
            integration=integration,
            account_id=account_id,
            since=since.isoformat(timespec="seconds"),
            outcome=outcome,
            cause=cause,
            why=why,
        )

    def account_well(self, *, integration: str, account_id: str, since: datetime) -> None:
        """An account's pulls had failed since then, and do no more."""
        self._write(
            "info",
            "account_well",
            integration=integration,
            account_id=account_id,
            since=since.isoformat(timespec="seconds"),
        )

    def set_aside(self, *, request_id: str, integration: str, account_id: str, external_id: str, reason: str) -> None:
        """A resource could not be answered. `external_id` is empty if it is not one."""
        self._write(
            "warning",
            "resource_set_aside",
            request_id=request_id,
            integration=integration,
            account_id=account_id,
            external_id=external_id,
            reason=reason,
        )

    def zendesk_events(
        self, *, request_id: str, integration: str, kind: str, account_id: str, outcome: str, count: int
    ) -> None:
        """Zendesk told of so many events that are alike."""
        self._write(
            "info",
            "zendesk_events",
            request_id=request_id,
            integration=integration,
            kind=kind,
            account_id=account_id,
            outcome=outcome,
            count=count,
        )

    def zendesk_refused(self, *, request_id: str, integration: str, account_id: str, call: str, refusal: str) -> None:
        """Zendesk began to refuse calls of its API for an account: nothing is pushed for it, and pulls go on."""
        self._write(
            "warning",
            "zendesk_refused",
            request_id=request_id,
            integration=integration,
            account_id=account_id,
            call=call,
            refusal=refusal,
        )

    def zendesk_busy(self, *, request_id: str, integration: str, account_id: str, call: str, seconds: float) -> None:
        """A Zendesk account wants no calls of its API for so many seconds: this account's call found that out."""
        self._write(
            "info",
            "zendesk_busy",
            request_id=request_id,
            integration=integration,
            account_id=account_id,
            call=call,
            seconds=round(seconds),
        )

    def not_pushed(self, *, request_id: str, integration: str, account_id: str, code: str, count: int) -> None:
        """So many resources of a push were left to the next pull, for this code."""
        self._write(
            "info",
            "not_pushed",
            request_id=request_id,
            integration=integration,
            account_id=account_id,
            code=code,
            count=count,
        )

    def reply_failed_late(
        self, *, request_id: str, integration: str, account_id: str, external_id: str, told: str
    ) -> None:
        """A reply failed after its answer. `external_id` is empty if it is not one."""
        self._write(
            "warning",
            "reply_failed_late",
            request_id=request_id,
            integration=integration,
            account_id=account_id,
            external_id=external_id,
            told=told,
        )

    def nudge(
        self, *, request_id: str, integration: str, account_id: str, outcome: str, resources: int, seconds: float
    ) -> None:
        """A pull after a webhook ended. `account_id` is empty if the account was not even opened."""
        fields: dict[str, Any] = {"account_id": account_id} if account_id else {}
        self._write(
            "info",
            "nudge",
            request_id=request_id,
            integration=integration,
            outcome=outcome,
            resources=resources,
            ms=round(seconds * 1000, 1),
            **fields,
        )

    def connector(self, *, integration: str, fault: str) -> None:
        """A connector began to answer (`fault` is empty), or ceased to, or does not for another fault than before."""
        if fault:
            self._write("warning", "connector_not_ready", integration=integration, cause=fault)
        else:
            self._write("info", "connector_ready", integration=integration)

    def key_ring(self, *, problem: str) -> None:
        """The directory of keys cannot be read, or (empty) can be again. `problem` names files, never their content."""
        self._write("error" if problem else "info", "key_ring", problem=problem)

    def store(self, *, problem: str) -> None:
        """What edges know together cannot be reached, or (empty) can be again. `problem` is what failed, in a word."""
        self._write("error" if problem else "info", "store", problem=problem)

    def any_zendesk(self) -> None:
        """The configuration names no Zendesk accounts, but says that any may use the edge."""
        self._write("warning", "any_zendesk_account", setting="zendesk.subdomains")

    def few_open_files(self, *, needed: int, connections: int) -> None:
        """There may not be as many open files as `edge.connections.most` needs: so many connections are taken."""
        self._write(
            "warning", "few_open_files", setting="edge.connections.most", needed=needed, connections=connections
        )

    def process(self, *, event: str) -> None:
        """The process began or ended something."""
        self._write("info", event)

    def fault(self, *, request_id: str, endpoint: str, integration: str, error: BaseException) -> None:
        """Something unforeseen happened: its type, and where."""
        about = {"request_id": request_id, "endpoint": endpoint, "integration": integration}
        self._write("error", "fault", **about, **described(error))

    def stall(self, stall: Stall) -> None:
        """The event loop is held up: by which call, if it is one, and where. Called from another thread."""
        self._write("warning", "stall", ms=round(stall.seconds * 1000, 1), frames=stall.frames, **stall.call)

    def _write(self, level: str, event: str, **fields: Any) -> None:
        self._put(level, event, fields)

    def _put(self, level: str, event: str, fields: Mapping[str, Any]) -> None:
        self._stream.write(line(self._clock(), level, "sealock_edge", event, fields) + b"\n")
