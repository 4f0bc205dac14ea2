# SPDX-License-Identifier: Apache-2.0
"""`python -m sealock_origins.guestbook`: serve the connector."""

from sealock_connector import serve
from sealock_origins.guestbook.connector import Guestbook

if __name__ == "__main__":
    serve(Guestbook())
