# SPDX-License-Identifier: Apache-2.0
"""What every call of the contract goes through, outermost first: errors, access log, callers, deadline."""
