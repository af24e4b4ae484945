"""The certificates of NATS servers: an authority of our own and what it signs (P-256, PEM).

Users prove themselves with nkeys; certificates only prove the server. Source: RFC 5280.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from zester.dataclass import dataclass
from zester.errors import InvalidToken

DAY = datetime.timedelta(days=1)
BACKDATED = datetime.timedelta(minutes=30)
"""Clocks differ: a new certificate is already valid on a machine that is late."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Certificate(…)"


def make_authority(name: str, *, days: int = 3650) -> Certificate:
    """Make a certificate authority that can sign servers and nothing below itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    builder = (
        _builder(subject, subject, key.public_key(), days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Certificate(_pem(builder.sign(key, hashes.SHA256())), _key_pem(key))


def make_server_certificate(
    authority: Certificate, hosts: Sequence[str], *, days: int = 397
) -> Certificate:
    """Sign a certificate for a server reached by these names and addresses; raises InvalidToken."""
    if not hosts:
        raise InvalidToken("a server certificate needs at least one name or address")
    try:
        issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
        signing = serialization.load_pem_private_key(authority.key.encode(), password=None)
    except ValueError as error:
        raise InvalidToken("the authority is not a PEM certificate and key") from error
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise InvalidToken("the authority's key is not an elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(hosts[0]), issuer.subject, key.public_key(), days)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,  # client: servers of a cluster and leaf nodes call each other
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()),  # type: ignore[arg-type] # ours is elliptic
            critical=False,
        )
    )
    return Certificate(_pem(builder.sign(signing, hashes.SHA256())), _key_pem(key))


@dataclass(frozen=True, slots=True)
class Details:
    """What a certificate says of itself: its names and addresses, its end in Unix seconds."""

    hosts: tuple[str, ...]
    expires: float


def read_certificate(pem: str) -> Details:
    """Read a PEM certificate; raises InvalidToken."""
    certificate = _load(pem)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = (
            *names.get_values_for_type(x509.DNSName),
            *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
        )
    except (x509.ExtensionNotFound, ValueError):
        hosts = ()
    return Details(tuple(hosts), certificate.not_valid_after_utc.timestamp())


def signed_by(pem: str, authority: str) -> bool:
    """Return whether an authority signed a certificate; raises InvalidToken for what is none."""
    certificate, issuer = _load(pem), _load(authority)
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _load(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise InvalidToken("not a PEM certificate") from error


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + days * DAY)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError as error:
        raise InvalidToken(f"not a host name or address: {host[:80]!r}") from error


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
