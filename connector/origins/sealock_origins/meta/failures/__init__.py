# SPDX-License-Identifier: Apache-2.0
"""What Meta refuses, what its numbers mean, and what follows for an account, a pull and a reply."""

from sealock_origins.meta.failures.codes import (
    OF_THE_ACCOUNT,
    OF_THE_APP,
    PASSING,
    PERMISSIONS,
    REFUSALS,
    TOO_FAST,
    WHY_DEAD,
    Meaning,
    meaning_of,
)
from sealock_origins.meta.failures.explaining import (
    PARTLY,
    Unseen,
    after_a_part,
    cause_of,
    explain,
    explain_to_pull,
    is_of_one_item,
)
from sealock_origins.meta.failures.refused import SOON, Refused, refusal

__all__ = [
    "OF_THE_ACCOUNT",
    "OF_THE_APP",
    "PARTLY",
    "PASSING",
    "PERMISSIONS",
    "REFUSALS",
    "SOON",
    "TOO_FAST",
    "WHY_DEAD",
    "Meaning",
    "Refused",
    "Unseen",
    "after_a_part",
    "cause_of",
    "explain",
    "explain_to_pull",
    "is_of_one_item",
    "meaning_of",
    "refusal",
]
