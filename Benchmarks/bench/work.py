"""Whether a proxy does the work that it is measured for."""

import contextlib
import http.client
import json

from . import tokens, world


def get(port, path, token=None, fields=None):
    headers = {**(fields or {}), **({"authorization": f"Bearer {token}"} if token else {})}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")


def check(peer):
    """A proxy that checks nothing, or forwards nothing, is fast too."""
    token = tokens.sign()
    forged = {"x-user-id": "somebody else"}
    for fields in (None, forged):
        status, text = get(peer.port, "/api/echo", token, fields)
        if status != 200 or json.loads(text) != {"user": world.SUBJECT, "authorization": ""}:
            raise world.Failure(f"{peer.name}: a good token is not turned into x-user-id alone: {status} {text}")
    if peer.name == "nginx":
        return
    bad = {
        "no token": None,
        "a broken signature": token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB"),
        "an old token": tokens.sign(lifetime=-3600),
        "another issuer's token": tokens.sign(issuer="https://gateway.example.net"),
        "an unsigned token": tokens.unsigned(),
    }
    for label, wrong in bad.items():
        status, _ = get(peer.port, "/api/echo", wrong, forged)
        if status != 401:
            raise world.Failure(f"{peer.name}: {label} gets {status}, not 401")
