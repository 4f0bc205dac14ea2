# SPDX-License-Identifier: Apache-2.0
"""The SDK for authors of connectors: everything public is named here."""
