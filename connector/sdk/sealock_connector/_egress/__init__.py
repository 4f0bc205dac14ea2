# SPDX-License-Identifier: Apache-2.0
"""The client for origins; authors have it from `sealock_connector.egress`."""
