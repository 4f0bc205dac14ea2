# SPDX-License-Identifier: Apache-2.0
"""
The node's name server: `SERVICE.NAMESPACE.svc.cluster.local` from the API server's Endpoints and Services.

usage: names.py ADDRESS API-URL TOKEN
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.request
from typing import Any

ADDRESS, SECONDS, NO_SUCH_NAME = 1, 1, 3
REFRESH_SECONDS = 0.5


class Names:
    """What is known, read again all the time."""

    def __init__(self, api: str, token: str) -> None:
        self._api, self._token = api, token
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE
        self.known: dict[str, list[str]] = {}

    def keep_reading(self) -> None:
        while True:
            try:
                self.known = self._read()
            except (OSError, ValueError) as error:
                print(f"the API server does not answer: {error}", file=sys.stderr, flush=True)
            time.sleep(REFRESH_SECONDS)

    def _read(self) -> dict[str, list[str]]:
        behind = {
            _name(each): [
                address["ip"] for subset in each.get("subsets") or [] for address in subset.get("addresses") or []
            ]
            for each in self._get("/api/v1/endpoints")
        }
        names = {}
        for service in self._get("/api/v1/services"):
            address = service["spec"].get("clusterIP")
            names[_name(service)] = behind.get(_name(service), []) if address == "None" else [address]
        return names

    def _get(self, path: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(self._api + path, headers={"Authorization": f"Bearer {self._token}"})
        with urllib.request.urlopen(request, context=self._context, timeout=5) as answer:
            return json.load(answer)["items"]

    def answer(self, query: bytes) -> bytes:
        """The answer to a question of one name; only IPv4 addresses are known."""
        labels, at = [], 12
        while length := query[at]:
            labels.append(query[at + 1 : at + 1 + length].decode())
            at += length + 1
        (kind,) = struct.unpack("!H", query[at + 1 : at + 3])
        found = self.known.get(".".join(labels).lower())
        addresses = found if found and kind == ADDRESS else []
        status = 0x8580 | (NO_SUCH_NAME if found is None else 0)
        records = [
            b"\xc0\x0c" + struct.pack("!HHIH", ADDRESS, 1, SECONDS, 4) + socket.inet_aton(each) for each in addresses
        ]
        return query[:2] + struct.pack("!HHHHH", status, 1, len(records), 0, 0) + query[12 : at + 5] + b"".join(records)


def _name(thing: dict[str, Any]) -> str:
    return f"{thing['metadata']['name']}.{thing['metadata']['namespace']}.svc.cluster.local"


def main(address: str, api: str, token: str) -> None:
    names = Names(api, token)
    threading.Thread(target=names.keep_reading, daemon=True).start()
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind((address, 53))
    while True:
        query, asker = listening.recvfrom(4096)
        try:
            listening.sendto(names.answer(query), asker)
        except (IndexError, struct.error, UnicodeDecodeError):
            print("a question that cannot be read", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
