"""What the installed dogpile.cache and python-memcached put on the wire for a token: prints JSON.

A real region over the real dogpile.cache.memcached backend sets values; only the client's socket is replaced, so keys,
flags, exptime and bytes are what memcached would get. Each value is written in every pickle protocol, some compressed;
where pymemcache is installed, by its serialiser too. Runs on Python 2.7 and 3.
"""
import binascii
import json
import pickle
import sys
import time

import memcache
from dogpile.cache import make_region

try:
    from dogpile.util import sha1_mangle_key
except ImportError:
    from dogpile.cache.util import sha1_mangle_key

TOKEN = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11"
INSTANCE = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01"


def connect_info(port, **more):
    info = {
        "token": TOKEN, "instance_uuid": INSTANCE, "console_type": "novnc", "host": "10.0.0.21", "port": port,
        "internal_access_path": None, "access_url": "http://ctl.example:6080/vnc_auto.html?token=" + TOKEN,
        "last_activity_at": 1795345760.086698,
    }
    info.update(more)
    return info


class Wire(object):
    """A node that keeps what it is sent."""

    def connect(self):
        return 1

    def send_cmd(self, data):
        self.sent = data

    def expect(self, text, raise_exception=False):
        return b"STORED"

    def close_socket(self):
        pass


def payloads():
    yield "console-text-port", json.dumps(connect_info("5901"))
    yield "console-int-port", json.dumps(connect_info(5901))
    yield "console-escapes", json.dumps(connect_info("5901", note="quote ' \" back\\slash \n tab\t \u00e9 \u20ac"))
    yield "console-raw-unicode", u"{\"token\": \"%s\", \"port\": \"5901\", \"host\": \"10.0.0.21\", \"note\": \"\u00e9 \u20ac \\\\\"}" % TOKEN
    yield "console-bytes", json.dumps(connect_info("5901")).encode("ascii")
    yield "instance", json.dumps([TOKEN, "11111111-2222-3333-4444-555555555555"])
    yield "instance-empty", "[]"
    yield "other-dict", {"a": [1, 2.5, None, True, (1, 2, 3, 4)], "b": {u"c": 1 << 70}, "d": set([1]), "e": -5}
    yield "other-text", "hello"
    yield "other-none", None


def main():
    golden = "--golden" in sys.argv
    if golden:
        time.time = lambda: 1795347672.4221179
    region = make_region(key_mangler=lambda key: sha1_mangle_key(key.encode("utf-8")))
    region.configure("dogpile.cache.memcached", expiration_time=600, arguments={"url": ["ctl1:11211"]})
    client = region.backend.client
    wire = Wire()
    client._get_server = lambda key: (wire, key)
    rows = []
    for name, payload in payloads():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            for compress in (0, 1) if name == "console-text-port" else (0,):
                client.pickleProtocol = protocol
                before = time.time()
                if compress:
                    region.backend.set_arguments = {"min_compress_len": 1}
                region.set(TOKEN, payload)
                region.backend.set_arguments = {}
                head, _, rest = wire.sent.partition(b"\r\n")
                words = head.decode("ascii").split()
                rows.append({
                    "name": name, "writer": "python-memcached", "protocol": protocol, "key": words[1],
                    "flags": int(words[2]), "exptime": int(words[3]),
                    "hex": binascii.hexlify(rest[:int(words[4])]).decode("ascii"),
                    "before": before, "after": time.time(),
                })
        try:
            from pymemcache.serde import pickle_serde
        except ImportError:
            continue
        before = time.time()
        data, flags = pickle_serde.serialize(TOKEN, region._value(payload))
        rows.append({
            "name": name, "writer": "pymemcache", "protocol": pickle.HIGHEST_PROTOCOL, "key": sha1_mangle_key(TOKEN.encode("utf-8")),
            "flags": flags, "exptime": 0, "hex": binascii.hexlify(data).decode("ascii"), "before": before, "after": time.time(),
        })
    from dogpile.cache import region as region_module

    json.dump({"python": sys.version.split()[0], "value_version": region_module.value_version, "rows": rows}, sys.stdout)


main()
