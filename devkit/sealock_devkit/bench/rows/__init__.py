# SPDX-License-Identifier: Apache-2.0
"""The measurements of `make bench`, one module a subject: each gives rows of the table."""
