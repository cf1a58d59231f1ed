#!/usr/bin/env python3
"""Add what the options' types say, release by release, to nova-options.json.

    extract_types.py --nova-root DIR --cache-root DIR --python PYTHON nova-options.json

DIR/<release>/nova and DIR/<oslo.cache version>/oslo_cache are unpacked wheels of the releases named below, PYTHON is
an interpreter (3.11) with a current nova's requirements installed. For each release a fresh process imports
nova.conf with the period's oslo.cache and records choices, limits, item types, regular expressions and schemes of
every option; the file is rewritten in place with a "types" history per option. Options of libraries that nova.conf
does not register keep the single description extract_options.py gave them.
"""
import argparse
import json
import os
import subprocess
import sys

CACHE = {15: '1.17.0', 16: '1.25.2', 17: '1.28.1', 18: '1.30.4', 19: '1.33.3', 20: '1.37.1', 21: '2.3.1',
         22: '2.6.3', 23: '2.7.1', 24: '2.8.2', 25: '2.10.1', 26: '3.2.0', 27: '3.3.1', 28: '3.5.0', 29: '3.7.0',
         30: '3.8.0', 31: '3.10.2', 32: '3.12.0', 33: '4.1.1', 34: '4.3.0'}

PROBE = r'''
import collections, collections.abc, inspect, json, warnings
warnings.simplefilter("ignore")
for _n in ("Mapping", "MutableMapping", "Callable", "Iterable", "Sequence", "Set", "Hashable"):
    if not hasattr(collections, _n): setattr(collections, _n, getattr(collections.abc, _n))
if not hasattr(inspect, "getargspec"): inspect.getargspec = inspect.getfullargspec
import nova.conf
def describe(t):
    d = {"class": type(t).__name__}
    for k in ("ignore_case", "max_length", "min", "max"):
        v = getattr(t, k, None)
        if v is not None and v is not False and not (k == "max_length" and v == 0): d[k] = v
    ch = getattr(t, "choices", None)
    if ch: d["choices"] = [str(x) for x in (ch.keys() if hasattr(ch, "keys") else ch) if x is not None]
    if getattr(t, "regex", None) is not None: d["regex"] = t.regex.pattern
    if getattr(t, "schemes", None): d["schemes"] = list(t.schemes)
    item = getattr(t, "item_type", None)
    if item is not None: d["item"] = describe(item)
    return d
out = []
C = nova.conf.CONF
for g, opts in [("DEFAULT", C._opts)] + [(n, x._opts) for n, x in C._groups.items()]:
    for info in opts.values():
        o = info["opt"]
        out.append([g, o.dest, describe(o.type), bool(getattr(o, "multi", False))])
print("@@" + json.dumps(out))
'''

KIND = {'String': 'string', 'MultiString': 'string', 'Boolean': 'boolean', 'Integer': 'integer', 'Float': 'float',
        'Port': 'port', 'List': 'list', 'Dict': 'dict', 'IPAddress': 'ip', 'Hostname': 'hostname',
        'HostAddress': 'host-address', 'HostDomain': 'host-domain', 'URI': 'uri',
        # keystoneauth passes plain callables: str, or a function that hands the text on
        'type': 'string', 'function': 'string'}
MULTI = {'string': 'multi-string', 'dict': 'multi-dict'}


def probe(release, a):
    path = [os.path.join(a.nova_root, str(release)), os.path.join(a.cache_root, CACHE[release])]
    p = subprocess.run([a.python, '-W', 'ignore', '-c', PROBE], capture_output=True, text=True,
                       env=dict(os.environ, PYTHONPATH=os.pathsep.join(path)))
    for line in p.stdout.splitlines():
        if line.startswith('@@'):
            return json.loads(line[2:])
    sys.exit('nova %s: %s' % (release, p.stderr.strip().splitlines()[-1:]))


def shape(described, multi):
    kind = KIND[described['class']]
    s = {'type': MULTI[kind] if multi else kind}
    for k in ('choices', 'min', 'max', 'regex', 'max_length', 'schemes', 'ignore_case'):
        if k in described and not (kind == 'port' and k in ('min', 'max')):
            s[k] = described[k]
    item = described.get('item')
    if item and not multi:
        if item['class'] == 'UnifiedLimitsResource':
            s['item'] = {'type': 'limits-resource'}
        else:
            s['item'] = shape(item, False)
            if s['item'] == {'type': 'string'}:
                del s['item']
    return s


def main():
    p = argparse.ArgumentParser()
    for name in ('--nova-root', '--cache-root', '--python'):
        p.add_argument(name, required=True)
    p.add_argument('table')
    a = p.parse_args()
    doc = json.load(open(a.table))
    found = {}
    for release in CACHE:
        for section, name, described, multi in probe(release, a):
            found.setdefault((section, name), {})[release] = shape(described, multi)
    for o in doc['options']:
        named = [(int(t['from_release']), t['type']) for t in o.get('type_history', [])]
        history = []
        for release in range(int(o['first_release']), int(o['last_release']) + 1):
            seen = found.get((o['section'], o['name']), {}).get(release)
            kind = next((t for r, t in reversed(named) if r <= release), None) or o['type']
            if seen is None or (named and kind != 'Opt' and kind != seen['type']):
                # a period library registered it in another way than today's does
                seen = {'type': {'Opt': 'string', 'multi': 'multi-dict'}.get(kind, kind)}
                if not named:
                    seen.update({k: o[k] for k in ('choices', 'min', 'max') if k in o})
                    if 'item_choices' in o:
                        seen['item'] = {'type': 'string', 'choices': o['item_choices']}
            if not history or {k: v for k, v in history[-1].items() if k != 'from_release'} != seen:
                history.append({'from_release': release, **seen})
        o['types'] = history
    with open(a.table, 'w') as f:
        f.write('{\n"releases": %s,\n"library_versions": %s,\n"options": [\n' % (
            json.dumps(doc['releases']), json.dumps(doc['library_versions'], indent=1)))
        f.write(',\n'.join(json.dumps(o) for o in doc['options']))
        f.write('\n],\n"removed_before_first_release": %s\n}\n' % json.dumps(
            doc['removed_before_first_release'], indent=1))


if __name__ == '__main__':
    main()
