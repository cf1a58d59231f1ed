"""How the installed python-memcached, or else pymemcache, reads server strings: prints JSON."""
import json
import random
import sys

HAND = [
    "", " ", "ctl1", "ctl1:11211", "ctl1:", ":11211", ":", "::", "ctl1:0", "ctl1:00011211", "ctl1:65535", "ctl1:65536",
    "ctl1:99999999999999999999", "ctl1:port", "ctl1:112 11", "ctl1: 11211", " ctl1:11211", "ctl1:11211 ", "ctl1:11211\n",
    "ctl1\n", "ctl1:11211\n\n", "10.0.0.1", "10.0.0.1:11211", "::1", "::1:11211", "[::1]", "[::1]:11211", "[::1]:", "[::1",
    "inet:ctl1", "inet:ctl1:11211", "inet:", "inet", "inet:11211", "inet:ctl1:", "inet:[::1]:11211", "inet6:[::1]:11211",
    "inet6:[::1]", "inet6:[::1]:", "inet6:[]", "inet6:[]:11211", "inet6:[a]b:1", "inet6:[[a]]:1", "inet6:[a[b]:1",
    "inet6:::1", "inet6:7", "inet6", "inet6:[fe80::1%eth0]:11211", "unix:", "unix:/run/mc.sock", "unix:mc.sock",
    "unix:/a:b", "unix:/a\nb", "unix:/a\n", "/run/mc.sock", "UNIX:/a", "INET:ctl1", "a,b", "a:1,b:2", "a:1 b:2", "a;b",
    "http://ctl1:11211", "ctl1:11211/0", "user@ctl1:11211", "ctl1:+1", "ctl1:1_0", "ctl1:-1", "\u00e9:1",
    "ctl1:1:2", "[ctl1]:11211", "[]", "[]:1", "[", "]", "a]", "a:1]",
]


def generated(count):
    pieces = ["inet:", "inet6:", "unix:", "[", "]", ":", "::", "ctl1", "10.0.0.1", "fd00::1", "11211", "70000", "0", "/", ",",
              " ", "\n", "a", "-", "_", "+"]
    draw = random.Random(1)
    return ["".join(draw.choice(pieces) for _ in range(draw.randint(1, 6))) for _ in range(count)]


def python_memcached(text):
    import socket

    import memcache

    host = memcache._Host(text)
    if host.family == socket.AF_UNIX:
        return {"unix": host.address}
    return {"host": host.ip, "port": str(host.port), "v6": host.family == socket.AF_INET6}


def pymemcache(text):
    from pymemcache.client.base import normalize_server_spec

    server = normalize_server_spec(text)
    return {"host": server[0], "port": str(server[1])} if isinstance(server, tuple) else {"unix": server}


def main():
    try:
        import memcache  # noqa: F401

        read = python_memcached
    except ImportError:
        read = pymemcache
    rows = []
    for text in HAND + ([] if "--golden" in sys.argv else generated(20000)):
        try:
            rows.append({"text": text, "server": read(text)})
        except ValueError as error:
            rows.append({"text": text, "error": str(error)[:60]})
    json.dump({"library": read.__name__, "rows": rows}, sys.stdout)


main()
