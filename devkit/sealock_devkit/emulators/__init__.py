# SPDX-License-Identifier: Apache-2.0
"""Origins to develop and test connectors on, one package each."""
