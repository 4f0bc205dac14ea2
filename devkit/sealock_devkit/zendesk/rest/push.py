# SPDX-License-Identifier: Apache-2.0
"""Turns pushed resources into comments at once, with a result for each (protocol: push)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.conversion import Converter
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.placement import NotConverted, UnknownParent, id_scope
from sealock_devkit.zendesk.store import Account

SUCCESS, KNOWN, HALTED = "success", "already_imported", "halted"
NO_PARENT, ERROR = "could_not_locate_parent_external_resource", "processing_error"


class Pusher:
    """Converts pushes. What was pulled before is converted first, so that its ids and parents are known."""

    def __init__(self, context: Context, converter: Converter, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._converter = converter
        self._events = events

    def push(
        self,
        account: Account,
        resources: Sequence[Any],
        request_id: str,
        invalid: Mapping[int, str],
        *,
        first: str = "",
    ) -> list[dict[str, Any]]:
        """
        Convert resources in order; the results in the same order.

        `invalid` says what is wrong with the resources of these positions: they become processing errors. `first` is
        how the first one ends, whatever it is.
        """
        self._converter.convert_waiting()
        results: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        halted = False
        for index, resource in enumerate(resources):
            if halted:
                results.append(_result(resource, HALTED))
                continue
            if first and index == 0:
                result = _result(resource, first, "a fault was switched on")
            elif index in invalid:
                result = _result(resource, ERROR, invalid[index])
            else:
                result = self._convert(resource, account, request_id, events)
            results.append(result)
            halted = self._halts(result["status"]["code"])
        if events:
            integration = self._store.integrations.get(account.integration_id)
            data = {"request_id": request_id, "resource_events": events}
            self._events.add(integration, "resources_created_from_external_ids", data, account_id=account.id)
        self._say(account, results)
        self._context.changes.announce()
        return results

    def _convert(
        self, resource: dict[str, Any], account: Account, request_id: str, events: list[dict[str, Any]]
    ) -> dict[str, Any]:
        settings = replace(self._context.settings, unknown_parent="error")
        if settings.bad_field == "error in pushes":
            settings = replace(settings, bad_field="error")
        try:
            with self._store.database.transaction():
                if not self._store.resources.claim(id_scope(account, settings), resource["external_id"], request_id):
                    return _result(resource, KNOWN)
                events.append(self._converter.convert(resource, account, settings))
        except UnknownParent:
            return _result(resource, NO_PARENT, resource["parent_id"])
        except NotConverted as refusal:
            return _result(resource, ERROR, str(refusal))
        return _result(resource, SUCCESS)

    def _halts(self, code: str) -> bool:
        return code == ERROR or (code == NO_PARENT and self._context.settings.push_halts_after == "any error")

    def _say(self, account: Account, results: list[dict[str, Any]]) -> None:
        codes = [result["status"]["code"] for result in results]
        counts = ", ".join(f"{codes.count(code)} {code}" for code in dict.fromkeys(codes)) or "nothing"
        self._context.console.say(f"push of {account.name}: {counts}")


def _result(resource: Any, code: str, description: str = "") -> dict[str, Any]:
    external_id = resource.get("external_id") if isinstance(resource, dict) else None
    status = {"code": code, "description": description} if description else {"code": code}
    return {"external_resource_id": external_id if isinstance(external_id, str) else None, "status": status}
