# SPDX-License-Identifier: Apache-2.0
"""`python -m sealock_origins.instagram`: serve the connector."""

from sealock_connector import serve
from sealock_origins.instagram.connector import Instagram

if __name__ == "__main__":
    serve(Instagram())
