"""Tokens as the gateway makes them, signed here: a hundred thousand of them take the gateway's command line too long."""

import base64
import hashlib
import hmac
import json
import time

from . import world


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def head(algorithm):
    return part(json.dumps({"alg": algorithm, "kid": world.KEY_ID, "typ": "at+jwt"}, separators=(",", ":")).encode())


HEAD = head("HS256")


def sign(number=0, lifetime=6 * 3600, now=None, issuer=world.ISSUER):
    """The token with this number: all differ in `jti`, `sid` and signature, none in length."""
    now = int(time.time()) if now is None else now
    claims = (
        f'{{"iss":"{issuer}","sub":"{world.SUBJECT}","aud":"{world.APP}","client_id":"{world.APP}",'
        f'"sid":"{number:022d}","jti":"{number:022x}","oid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","iat":{now},'
        f'"exp":{now + lifetime},"step":1}}')
    text = HEAD + b"." + part(claims.encode())
    return (text + b"." + part(hmac.new(world.SECRET.encode(), text, hashlib.sha256).digest())).decode()


def unsigned():
    """The same claims under a head that says that nothing is signed (RFC 7519 section 6)."""
    return f"{head('none').decode()}.{sign().split('.')[1]}."


def write(path, count, first=1):
    """One token a line, numbered from the first on."""
    now = int(time.time())
    with path.open("w") as output:
        for number in range(first, first + count):
            output.write(sign(number, now=now) + "\n")
