# SPDX-License-Identifier: Apache-2.0
"""`python -m sealock_origins.facebook`: serve the connector."""

from sealock_connector import serve
from sealock_origins.facebook.connector import Facebook

if __name__ == "__main__":
    serve(Facebook())
