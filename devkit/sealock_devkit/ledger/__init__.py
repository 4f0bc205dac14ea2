# SPDX-License-Identifier: Apache-2.0
"""The ledger: everything runs, everything breaks, and at the end each thing is counted on both sides."""
