# SPDX-License-Identifier: Apache-2.0
"""Callers are let in by names of their certificates, each with its type; a name that only looks like it is none."""

from __future__ import annotations

from ipaddress import ip_address

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from sealock.connector.v1.connector_service_pb2_grpc import ConnectorServiceStub
from sealock.connector.v1.describe_pb2 import DescribeRequest
from sealock_connector._serving.callers import CallerName, names_in, shown
from sealock_connector._serving.options import parse
from sealock_connector._serving.server import running
from tests.certificate_files import SigningAuthority, alternative
from tests.connector.connectors import Plain

EDGE = "dns:edge.example"
SPIFFE = "uri:spiffe://example.org/edge"
uri, address = x509.UniformResourceIdentifier, x509.IPAddress(ip_address("10.0.0.1"))


@pytest.fixture(scope="module")
def authority() -> SigningAuthority:
    return SigningAuthority()


CERTIFICATES = {
    "one name": ([alternative("edge.example")], {EDGE}),
    "capitals": ([alternative("Edge.EXAMPLE")], {EDGE}),
    "several": ([alternative("edge.example", "b.example")], {EDGE, "dns:b.example"}),
    "of both types": ([alternative("edge.example", uri(SPIFFE[4:]))], {EDGE, SPIFFE}),
    "a URI that reads like a DNS name": ([alternative(uri("edge.example"))], set()),
    "a DNS name that reads like a URI": ([alternative("spiffe://example.org/edge")], set()),
    "a wildcard": ([alternative("*.example", "*")], set()),
    "a last dot": ([alternative("edge.example.")], set()),
    "a null character": ([alternative("edge.example\0.evil.example")], set()),
    "spaces": ([alternative(" edge.example", "edge.example\n")], set()),
    "an empty name": ([alternative("")], set()),
    "a name longer than a line": ([alternative("a" * 5000)], set()),
    "internationalised": ([alternative("xn--bcher-kva.example")], {"dns:xn--bcher-kva.example"}),
    "an address": ([alternative(address)], set()),
    "an e-mail address": ([alternative(x509.RFC822Name("edge@edge.example"))], set()),
    "another kind of name": ([alternative(x509.RegisteredID(ObjectIdentifier("1.2.3")))], set()),
    "no alternative name": ([], {"cn:common"}),
    "an empty list of alternative names": ([alternative()], set()),
    "two SPIFFE ids, which is none": ([alternative(uri(SPIFFE[4:]), uri("spiffe://example.org/b"))], set()),
    "a SPIFFE id and another URI": (
        [alternative(uri(SPIFFE[4:]), uri("https://b.example"))],
        {"uri:https://b.example"},
    ),
    "a URI with a null character": ([alternative(uri("spiffe://example.org/edge\0x"))], set()),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_carries_its_typed_names_and_no_others(case, authority):
    extensions, names = CERTIFICATES[case]
    assert {str(name) for name in names_in(authority.certificate(*extensions))} == names


@pytest.mark.parametrize("common", [(), ("a", "common"), ("a\0b",)])
def test_a_common_name_counts_if_it_is_the_only_one(common, authority):
    assert names_in(authority.certificate(common_names=common)) == frozenset()


@pytest.mark.parametrize(
    "garbage", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"-" * 99999]
)
def test_what_is_no_certificate_carries_no_name(garbage):
    assert names_in(garbage) == frozenset()


def test_a_caller_without_or_with_several_certificates_has_no_name(authority):
    certificate = authority.certificate(alternative("edge.example"))
    assert shown({}) == "none"
    assert shown({"x509_pem_cert": [certificate, certificate]}) == "none"
    assert shown({"x509_pem_cert": [certificate]}) == EDGE


def test_what_a_line_of_the_log_shows_of_a_caller_is_short_and_printable(authority):
    many = [f"{number:03}.{'a' * 60}.{'b' * 60}.{'c' * 60}" for number in range(50)]
    assert len(shown({"x509_pem_cert": [authority.certificate(alternative(*many))]})) < 400
    odd = authority.certificate(common_names=["Größe \u202e \u0130"])
    assert shown({"x509_pem_cert": [odd]}).isascii()


@pytest.mark.parametrize("text", ["dns:edge", "dns:EDGE.example", SPIFFE, "uri:https://a/b%2Cc", "cn:An edge"])
def test_a_name_with_its_type_is_an_option(text):
    assert str(CallerName.read(text)) == (text.lower() if text.startswith("dns") else text)


@pytest.mark.parametrize(
    "text",
    [
        *("edge", "edge.example", "spiffe://example.org/edge", "DNS:edge", "ip:10.0.0.1", "dns", ":edge", ""),
        *("dns:", "dns:*.example", "dns:edge.", "dns:.edge", "dns:a..b", "dns:bücher.example", "dns:a b", "dns:a\0"),
        *("dns:" + "a" * 64, "dns:" + "a." * 130 + "a", "uri:", "uri:edge", "uri:spiffe://a b", "uri:spiffe://ü"),
        *("cn:", "cn:a\nb"),
    ],
)
def test_a_name_that_could_be_misread_is_refused(text):
    with pytest.raises(ValueError, match=r"^(a name needs its type|dns: takes|uri: takes|cn: takes)"):
        CallerName.read(text)


def served(authority, folder, *allowed):
    certificate, key = authority.pair(alternative("localhost"))
    for name, content in (("tls.crt", certificate), ("tls.key", key), ("ca.crt", authority.pem)):
        (folder / name).write_bytes(content)
    options = ["--listen=127.0.0.1:0", "--drain-seconds=0", "--grace-seconds=2"]
    files = [f"--tls-cert={folder}/tls.crt", f"--tls-key={folder}/tls.key", f"--tls-client-ca={folder}/ca.crt"]
    connector = Plain()
    return running(connector, parse(connector, [*options, *files, f"--allowed-callers={','.join(allowed)}"], {}))


def channel(server, authority, pair):
    certificate, key = pair
    credentials = grpc.ssl_channel_credentials(authority.pem, key, certificate)
    own = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.secure_channel(f"localhost:{server.port}", credentials, options=own)


async def code_of(call) -> str:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code().name
    return "OK"


HANDSHAKES = {
    "the name": ([alternative("edge.example")], "OK"),
    "one of the names": ([alternative("b.example", "Edge.example")], "OK"),
    "another name": ([alternative("edge.example.evil.example")], "PERMISSION_DENIED"),
    "a common name beside another name": ([alternative("b.example")], "PERMISSION_DENIED"),
    "a common name beside an empty list": ([alternative()], "PERMISSION_DENIED"),
    "a URI of that text": ([alternative(uri("edge.example"))], "PERMISSION_DENIED"),
    "an e-mail address of that text": ([alternative(x509.RFC822Name("edge.example"))], "PERMISSION_DENIED"),
    "a null character after the name": ([alternative("edge.example\0.evil.example")], "PERMISSION_DENIED"),
    "the SPIFFE id": ([alternative(uri(SPIFFE[4:]))], "OK"),
    "the SPIFFE id in capitals": ([alternative(uri("spiffe://EXAMPLE.org/edge"))], "PERMISSION_DENIED"),
    "a certificate for serving": (
        [alternative("edge.example"), x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])],
        "UNAVAILABLE",
    ),
    "a certificate for calling": (
        [alternative("edge.example"), x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])],
        "OK",
    ),
}


@pytest.mark.parametrize("case", HANDSHAKES)
async def test_a_real_caller_is_let_in_by_its_own_name_only(case, authority, tmp_path):
    extensions, code = HANDSHAKES[case]
    pair = authority.pair(*extensions, common_names=["edge.example"])
    async with served(authority, tmp_path, EDGE, SPIFFE) as server, channel(server, authority, pair) as called:
        assert await code_of(ConnectorServiceStub(called).Describe(DescribeRequest(), timeout=10)) == code


async def test_a_common_name_lets_in_where_it_is_asked_for_and_is_the_only_name(authority, tmp_path):
    async with served(authority, tmp_path, "cn:edge.example") as server:
        for extensions, code in (([], "OK"), ([alternative("edge.example")], "PERMISSION_DENIED")):
            pair = authority.pair(*extensions, common_names=["edge.example"])
            async with channel(server, authority, pair) as called:
                assert await code_of(ConnectorServiceStub(called).Describe(DescribeRequest(), timeout=10)) == code


async def test_health_and_reflection_answer_who_is_let_in_and_nobody_else(authority, tmp_path):
    async with served(authority, tmp_path, EDGE) as server:
        for name, code in (("edge.example", "OK"), ("b.example", "PERMISSION_DENIED")):
            async with channel(server, authority, authority.pair(alternative(name))) as called:
                health = health_pb2_grpc.HealthStub(called)
                assert await code_of(health.Check(health_pb2.HealthCheckRequest(), timeout=10)) == code
                assert await code_of(_first(health.Watch(health_pb2.HealthCheckRequest(), timeout=10))) == code
                for path in ("v1alpha", "v1"):
                    assert await code_of(_first(_reflect(called, path))) == code


def _reflect(called, version: str):
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    call = called.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return call(iter([asked]), timeout=10)


async def _first(call):
    async for answer in call:
        return answer
    return None
