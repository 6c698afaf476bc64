# SPDX-License-Identifier: Apache-2.0
"""Makes the keys and tokens of this folder anew, with PyJWT as Airflow uses it.

The kid of rs512.txt and eddsa.txt is Airflow's (tokens.py, thumbprint).
Needs: pip install 'pyjwt[crypto]==2.15.1'
"""
import base64
import datetime
import hashlib
import hmac
import json

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLAIMS = {"sub": "1", "aud": "apache-airflow", "nbf": 1750000000, "exp": 1750086400, "iat": 1750000000}


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def thumbprint(jwk):
    return b64(hashlib.sha256(compact(jwk)).digest()).decode()


def write(name, data):
    with open(name, "wb") as f:
        f.write(data)


def public(key):
    return key.public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo)


def private(key, form):
    return key.private_bytes(ser.Encoding.PEM, form, ser.NoEncryption())


def certificate(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example")])
    start = datetime.datetime(2025, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()).public_bytes(ser.Encoding.PEM)


rsa_key = rsa.generate_private_key(65537, 2048)
ec_key = ec.generate_private_key(ec.SECP256R1())
ed_key = ed25519.Ed25519PrivateKey.generate()
rsa_jwk = jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True)
ec_jwk = jwt.algorithms.ECAlgorithm.to_jwk(ec_key.public_key(), as_dict=True)
ed_jwk = jwt.algorithms.OKPAlgorithm.to_jwk(ed_key.public_key(), as_dict=True)

write("rsa.pub.pem", public(rsa_key))
write("rsa.crt.pem", certificate(rsa_key))
write("ec.key.pem", private(ec_key, ser.PrivateFormat.PKCS8))
write("ec1.key.pem", private(ec_key, ser.PrivateFormat.TraditionalOpenSSL))
write("ed.pub.pem", public(ed_key))
keys = {"keys": [rsa_jwk | {"kid": "site-1", "use": "sig"}, ec_jwk | {"kid": "ec-1"}, ed_jwk]}
write("jwks.json", json.dumps(keys, indent=1).encode())

for file, key, algorithm, kid in [
    ("rs512.txt", rsa_key, "RS512", thumbprint(rsa_jwk)),
    ("ps256.txt", rsa_key, "PS256", None),
    ("es256.txt", ec_key, "ES256", "ec-1"),
    ("eddsa.txt", ed_key, "EdDSA", thumbprint(ed_jwk)),
]:
    write(file, jwt.encode(CLAIMS, key, algorithm, headers={"kid": kid} if kid else None).encode())

# PyJWT refuses to sign with the text of a public key, an attacker does not.
signed = b64(b'{"alg":"HS256","typ":"JWT"}') + b"." + b64(compact(CLAIMS))
write("confused.txt", signed + b"." + b64(hmac.new(public(rsa_key), signed, hashlib.sha256).digest()))
