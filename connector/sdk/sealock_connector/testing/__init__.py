# SPDX-License-Identifier: Apache-2.0
"""
Testing connectors: a real server on loopback, a small typed client, tables of cases, a network guard.

```python
async def test_an_entry_becomes_a_resource():
    async with running(Guestbook()) as guestbook:
        page = await guestbook.pull({"site": "http://127.0.0.1:8080"})
    assert [each.message for each in page.resources] == ["Hello"]
```
"""

from sealock_connector.testing._cases import Case, ChannelbackCase, PullCase
from sealock_connector.testing._client import Client, ConnectorDescription, File, PulledPage
from sealock_connector.testing._network_guard import LeftTheMachine, network_guard
from sealock_connector.testing._running import running

__all__ = [
    "Case",
    "ChannelbackCase",
    "Client",
    "ConnectorDescription",
    "File",
    "LeftTheMachine",
    "PullCase",
    "PulledPage",
    "network_guard",
    "running",
]
