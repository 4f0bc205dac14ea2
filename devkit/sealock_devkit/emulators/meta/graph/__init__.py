# SPDX-License-Identifier: Apache-2.0
"""The Graph API by HTTP: nodes, fields, edges, paging, errors and limits."""
