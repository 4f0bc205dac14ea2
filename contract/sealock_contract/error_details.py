# SPDX-License-Identifier: Apache-2.0
"""How the contract's error detail travels: in a `google.rpc.Status`, in a trailer of the call that failed."""

from __future__ import annotations

from typing import Final

import grpc
from google.rpc import status_pb2  # type: ignore[import-untyped]

from sealock.connector.v1.error_detail_pb2 import ConnectorErrorDetail

TRAILER: Final = "grpc-status-details-bin"
"""The trailer's name."""


def trailer_of(detail: ConnectorErrorDetail, code: grpc.StatusCode, words: str) -> tuple[str, bytes]:
    """The trailer, name and value, for a call that ends with this code and these words."""
    status = status_pb2.Status(code=code.value[0], message=words)
    status.details.add().Pack(detail)
    return TRAILER, status.SerializeToString()


def detail_in(value: object) -> ConnectorErrorDetail | None:
    """The detail that a trailer's value holds; None if there is none that can be read, whatever it is instead."""
    if not isinstance(value, bytes):
        return None
    detail = ConnectorErrorDetail()
    try:
        for packed in status_pb2.Status.FromString(value).details:
            if packed.Is(ConnectorErrorDetail.DESCRIPTOR) and packed.Unpack(detail):
                return detail
    except Exception:  # noqa: BLE001 - protobuf raises more than DecodeError on garbage, and all of it means: none
        return None
    return None
