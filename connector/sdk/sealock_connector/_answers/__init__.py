# SPDX-License-Identifier: Apache-2.0
"""What `sealock_connector.answers` knows of origins' answers: JSON that is nearly JSON, and what else may answer."""
