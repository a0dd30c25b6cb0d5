"""A client that sends a known number of requests, for runs that count instructions or allocations."""

import contextlib
import re
import socket

from . import tokens, world


class Connection:
    """One kept connection; a request is answered before the next."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, request):
        self.socket.sendall(request)

    def receive(self, status=200):
        """Reads one whole response."""
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more()
        head = data[:end + 4]
        if not head.startswith(b"HTTP/1.1 %d " % status):
            raise world.Failure(f"not {status}: {data[:300].decode(errors='replace')}")
        length = re.search(rb"\r\ncontent-length: (\d+)\r\n", head, re.I)
        if length:
            total = end + 4 + int(length[1])
            parts, have = [data], len(data)
            while have < total:
                parts.append(self.more())
                have += len(parts[-1])
            data = b"".join(parts)
        else:
            while (last := data.find(b"0\r\n\r\n", end + 4)) < 0:
                data += self.more()
            total = last + 5
        self.rest = data[total:]

    def more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise world.Failure("the connection was closed in the middle of a response")
        return data

    def close(self):
        self.socket.close()


def request(port, token, path="/api/1k", fields=2, body=0):
    lines = [
        f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"host: 127.0.0.1:{port}", f"authorization: Bearer {token}",
        "accept: */*",
        "user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) MicroMessenger/8.0.49 NetType/WIFI",
    ][:3 + fields]
    lines += [f"x-client-field-{n:02d}: value-of-field-{n:02d}" for n in range(3, fields + 1)]
    if body:
        lines += ["content-type: application/json", f"content-length: {body}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + "x" * body).encode()


@contextlib.contextmanager
def connected(port, count=1):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(Connection(port))) for _ in range(count)]


def exchange(connections, requests, status=200):
    """Sends the requests in waves, one on each connection, and reads the answers of a wave before the next."""
    pending = iter(requests)
    done = 0
    while True:
        wave = [(connection, each) for connection, each in zip(connections, pending)]
        for connection, each in wave:
            connection.send(each)
        for connection, _ in wave:
            connection.receive(status)
        done += len(wave)
        if len(wave) < len(connections):
            return done


def same(port, count, **options):
    """The same request again and again."""
    one = request(port, tokens.sign(), **options)
    return (one for _ in range(count))


def fresh(port, count, first=0, **options):
    """A request with another token each."""
    return (request(port, tokens.sign(first + number), **options) for number in range(1, count + 1))
