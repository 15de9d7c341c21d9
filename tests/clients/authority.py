"""A throw-away certificate authority with the certificate of a server under it, and certificates of clients."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def write_certificates(folder, hosts):
    """Writes `authority.pem`, `server.pem` and `server-tls` (the key) for these hosts; the three paths."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    root = name("Throw-away authority")
    authority = (
        certificate(root, root, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    of_authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    server = (
        certificate(name(hosts[0]), root, server_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(of_authority, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    paths = folder / "authority.pem", folder / "server.pem", folder / "server-tls"
    write(paths, authority, server, server_key)
    return paths


def write_client_certificate(folder, common_name):
    """Writes a certificate that signed itself, and its key; the two paths, as `requests` takes them."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = name(common_name)
    signed = (
        certificate(own, own, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{common_name}.pem", folder / f"{common_name}-tls"
    write(paths, signed, key)
    return paths


def write(paths, *things):
    for path, thing in zip(paths, things, strict=True):
        if isinstance(thing, x509.Certificate):
            content = thing.public_bytes(serialization.Encoding.PEM)
        else:
            form = serialization.PrivateFormat.PKCS8
            content = thing.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        path.touch(mode=0o600)
        path.write_bytes(content)


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(subject, issuer, public_key):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)


def key_usage(signs_certificates):
    unused = ["content_commitment", "data_encipherment", "key_encipherment", "key_agreement", "encipher_only"]
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        **dict.fromkeys([*unused, "decipher_only"], False),
    )
