# SPDX-License-Identifier: Apache-2.0
"""The devkit's part of the `sealock` command: one module for each subcommand."""
