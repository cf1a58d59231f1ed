#!/usr/bin/env python3
"""Writes nova's full sample configuration of a release to stdout, with every option set instead of commented out.

Sections, names, types and defaults are those of data/nova-options.json; the comments have the shape and the length of
oslo-config-generator's (about a dozen lines an option), not its words.

usage: sample.py [RELEASE]   (a number from 15 to 34; 17 without one)
"""

import json
import pathlib
import sys

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "nova-options.json"

# A value where the default is none or hangs on the machine.
VALUES = {
    "boolean": "true",
    "integer": "1",
    "port": "8774",
    "floating point": "1.0",
    "float": "1.0",
    "list": "one,two",
    "multi valued": "one",
    "multi": "one",
    "dict": "one:two",
    "hostname": "ctl1",
    "host domain": "ctl1",
    "host address": "ctl1",
    "ip address": "10.0.0.11",
    "uri": "http://ctl1:8774/",
}


def present(option, release):
    first, last = int(option["first_release"]), int(option["last_release"])
    return first <= release <= last and str(release) not in map(str, option.get("absent_in", []))


def value(option):
    default = option.get("default")
    if option.get("choices") and default is None:
        choice = next(c for c in option["choices"] if c not in (None, ""))
        return choice[0] if isinstance(choice, list) else choice
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list) and default:
        return ",".join(map(str, default))
    if isinstance(default, (int, float)) or (isinstance(default, str) and default and "<" not in default):
        return default
    return VALUES.get(option["type"], "some-text")


def comments(option):
    yield "#"
    yield f"# What {option['name'].replace('_', ' ')} does, in the words of its help text, which goes on for some lines."
    for number in range(1, 5):
        yield f"# Line {number}: when to change it, what else reads it, and how it goes with its neighbours in"
        yield f"# [{option['section']}]; ``code`` and * stars as in any help text."
    yield f"#  ({option['type']} value)"
    for name, key in (("Minimum", "min"), ("Maximum", "max")):
        if option.get(key) is not None:
            yield f"# {name} value: {option[key]}"
    for old in option.get("deprecated_names", []):
        yield f"# Deprecated group/name - [{old['section']}]/{old['name']}"
    if option.get("deprecated_for_removal"):
        yield "# This option is deprecated for removal."
        yield "# Its value may be silently ignored in the future."


def main():
    release = int(sys.argv[1]) if len(sys.argv) > 1 else 17
    options = [o for o in json.loads(DATA.read_text())["options"] if present(o, release)]
    section = None
    for option in sorted(options, key=lambda o: (o["section"] != "DEFAULT", o["section"], o["name"])):
        if option["section"] != section:
            section = option["section"]
            print(f"\n\n[{section}]\n\n#\n# From nova.conf\n#")
        print()
        print("\n".join(comments(option)))
        text = str(value(option)).replace("\n", " ")
        print(f"{option['name']} = {text}")


main()
