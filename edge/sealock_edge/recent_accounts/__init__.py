# SPDX-License-Identifier: Apache-2.0
"""
The accounts that pulls have shown lately, as Zendesk keeps them: sealed.

A link to a file names its account but does not hold it, because it is short and passes through many hands. Whoever
opens it without the account's metadata, as with GET, needs what the last pull brought. It is a memory and no record:
what is lost comes again with the next pull.
"""

from sealock_edge.recent_accounts.folder import AccountsInFolder
from sealock_edge.recent_accounts.port import RecentAccounts
from sealock_edge.recent_accounts.process import AccountsInProcess
from sealock_edge.recent_accounts.shared_folder import shared_folder

__all__ = ["AccountsInFolder", "AccountsInProcess", "RecentAccounts", "shared_folder"]
