# SPDX-License-Identifier: Apache-2.0
"""What a process that serves asks of its interpreter and of the system: tried in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys

PREPARED = """
import gc, json, os, threading
from sealock_contract.serving_process import prepare_to_serve
{before}
prepare_to_serve()
policies = [os.sched_getscheduler(0)]
thread = threading.Thread(target=lambda: policies.append(os.sched_getscheduler(0)))
thread.start()
thread.join()
print(json.dumps([policies, gc.get_freeze_count() > 1000, gc.get_threshold()[0], os.SCHED_BATCH, os.SCHED_OTHER]))
"""
FORBIDDEN = """
def forbidden(*_):
    raise PermissionError
os.sched_setscheduler = forbidden
"""


def prepared(before: str = "") -> tuple:
    program = [sys.executable, "-c", PREPARED.format(before=before)]
    return tuple(json.loads(subprocess.run(program, capture_output=True, check=True).stdout))


def test_threads_that_begin_later_wait_for_their_turn_and_the_collector_comes_seldom():
    policies, frozen, threshold, batch, _ = prepared()
    assert policies == [batch, batch]
    assert frozen
    assert threshold >= 10_000


def test_where_the_system_forbids_it_the_process_serves_all_the_same():
    policies, frozen, _, _, usual = prepared(FORBIDDEN)
    assert policies == [usual, usual]
    assert frozen
