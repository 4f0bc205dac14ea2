# SPDX-License-Identifier: Apache-2.0
"""Between the contract's messages and the SDK's values, in both directions."""
