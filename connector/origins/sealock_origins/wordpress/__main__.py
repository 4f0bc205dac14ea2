# SPDX-License-Identifier: Apache-2.0
"""`python -m sealock_origins.wordpress`: serve the connector."""

from sealock_connector import serve
from sealock_origins.wordpress.connector import WordPress

if __name__ == "__main__":
    serve(WordPress())
