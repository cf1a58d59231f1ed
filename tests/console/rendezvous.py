"""Which node the installed pymemcache asks: prints JSON.

Builds the real HashClient over 1 to 7 servers and reads its hasher's answer, for keys as tokens have and some others.
"""
import hashlib
import json
import sys

from pymemcache.client.hash import HashClient
from pymemcache.client.murmur3 import murmur3_32

SERVERS = [("10.0.0.%d" % i, 11211) for i in range(1, 4)] + [("ctl1", 11211), ("ctl2", 21211), ("fd00::1", 11211), ("b", 1)]


def main():
    golden = "--golden" in sys.argv
    keys = [hashlib.sha1(("token-%d" % n).encode()).hexdigest() for n in range(40 if golden else 1500)]
    keys += ["", "k", "\u00e9\u20ac", "a" * 250]
    clients = {n: HashClient(SERVERS[:n]) for n in range(1, 8)}
    nodes = ["%s:%s" % server for server in SERVERS]
    rows = []
    for key in keys:
        choices = [nodes.index(clients[n].hasher.get_node(key)) for n in range(1, 8)]
        rows.append({"key": key, "murmur": murmur3_32(key), "choices": choices})
    json.dump({"library": "pymemcache", "nodes": nodes, "rows": rows}, sys.stdout)


main()
