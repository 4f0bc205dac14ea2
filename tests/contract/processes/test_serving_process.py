# SPDX-License-Identifier: Apache-2.0
"""What a process that serves asks of its interpreter: tried in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

PREPARED = """
import gc, json
from sealock_contract.serving_process import prepare_to_serve
prepare_to_serve()
print(json.dumps([gc.get_freeze_count(), gc.get_threshold()[0]]))
"""


def test_what_is_there_is_not_looked_at_again_and_the_collector_comes_seldom():
    told = subprocess.run([sys.executable, "-c", PREPARED], capture_output=True, check=True)
    frozen, threshold = json.loads(told.stdout)
    assert frozen > 1_000
    assert threshold >= 10_000
