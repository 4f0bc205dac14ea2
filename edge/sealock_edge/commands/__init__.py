# SPDX-License-Identifier: Apache-2.0
"""The edge's commands. Each module has an object `command`: see `sealock_contract.command.Command`."""
