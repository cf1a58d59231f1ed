"""Which node the installed python-memcached asks: prints JSON.

For keys (sha1 hex, as tokens have), lists of 1 to 7 servers and every pattern of dead ones, drives the real
Client._get_server; only the hosts' connect() is replaced. `zero` tells that a hash of 0 occurred on the way, where
1.60 and newer part from older ones. An index of -1 is "none", of -2 "raises".
"""
import hashlib
import json
import sys

import memcache


def index_of(client, key, dead):
    for number, host in enumerate(client.servers):
        host.connect = lambda number=number: 0 if dead >> number & 1 else 1
    try:
        host, _ = client._get_server(key)
    except TypeError:
        return -2  # 1.57 on python 3 cannot rehash: it hashes a str
    return -1 if host is None else client.servers.index(host)


def main():
    golden = "--golden" in sys.argv
    keys = [hashlib.sha1(("token-%d" % n).encode()).hexdigest() for n in range(40 if golden else 1200)]
    real = memcache.serverHashFunction
    zeros = []

    def watched(key):
        if (memcache.binascii.crc32(key) >> 16) & 0x7FFF == 0:
            zeros.append(key)
        return real(key)

    memcache.serverHashFunction = watched
    clients = {n: memcache.Client(["s%d:11211" % i for i in range(n)]) for n in range(1, 8)}
    rows = []
    for key in keys:
        del zeros[:]
        choices = {}
        for n, client in clients.items():
            masks = range(1 << n) if not golden else [0, 1, (1 << n) - 1, 1 << (n - 1)]
            choices[str(n)] = [[mask, index_of(client, key.encode(), mask)] for mask in masks]
        rows.append({"key": key, "hash": real(key.encode()), "zero": bool(zeros), "choices": choices})
    json.dump({"library": "python-memcached", "version": memcache.__version__, "rows": rows}, sys.stdout)


main()
