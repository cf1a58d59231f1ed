#!/usr/bin/env python3
"""Ask the real oslo.config what it makes of files.

    oracle.py RELEASE nova-options.json

Registers every option that the nova release knows, then reads one JSON object per line from standard input,
{"files": [text, ...], "env": {name: text}, "get": [[section, name], ...]} - files hold bytes as the characters
U+0000 to U+00FF - and writes one per line: {"files": [{"sections": {section: {key: [value, ...]}}} or
{"error": [kind, line]}, ...], "values": [value or null, ...]}, values being absent when a file is refused. A value is
["b", true], ["i", 5], ["f", "0.5"], ["s", "text"], ["l", [values]], ["d", [[key, value], ...]], ["n"] for none,
or ["refused", exception].
"""
import collections
import collections.abc
import json
import os
import shutil
import sys
import tempfile
import warnings

warnings.simplefilter('ignore')
for _name in ('Mapping', 'MutableMapping', 'Callable'):  # oslo.config 5.2.1 on a Python newer than itself
    if not hasattr(collections, _name):
        setattr(collections, _name, getattr(collections.abc, _name))

from oslo_config import cfg, iniparser, types  # noqa: E402

import logging  # noqa: E402
logging.disable(logging.CRITICAL)

HOST = {'<host_ipv4>': '10.9.8.7', '<current_hostname>': 'this-host'}
KINDS = {
    "No ':' or '=' found in assignment": 'no-separator', 'Key cannot be empty': 'empty-key',
    'Unexpected continuation line': 'continuation-first', 'Invalid section (must end with ])': 'section-unclosed',
    'Empty section name': 'section-empty', 'Section must be started before assignment': 'no-section'}


def item_type(item):
    if item is None:
        return types.String()
    if item['type'] == 'integer':
        return types.Integer()
    if item['type'] == 'limits-resource':
        return types.String()
    return types.String(choices=item.get('choices'), ignore_case=item.get('ignore_case', False))


def whole(number):
    return None if number is None else int(number)


def option(o, release):
    shape = [t for t in o['types'] if t['from_release'] <= release][-1]
    history = o.get('default_history') or [{'from_release': 0, 'default': o['default']}]
    default = [h['default'] for h in history if int(h['from_release']) <= release][-1]
    if isinstance(default, str):
        default = HOST.get(default, default)
    kw = {'default': default, 'secret': bool(o.get('secret')), 'deprecated_opts': [
        cfg.DeprecatedOpt(d['name'], group=d['section']) for d in o['deprecated_names']
        if int(d['first_release']) <= release <= int(d['last_release'])]}
    kind = shape['type']
    library = 'nova' not in o['source'] and o['section'] != 'cache'
    ignore_case = shape.get('ignore_case', False) or library
    if kind == 'string':
        t = types.String(choices=shape.get('choices'), regex=shape.get('regex'), max_length=shape.get('max_length'),
                         ignore_case=bool(ignore_case and shape.get('choices')))
    elif kind == 'boolean':
        t = types.Boolean()
    elif kind == 'integer':
        choices = shape.get('choices')
        t = types.Integer(min=whole(shape.get('min')), max=whole(shape.get('max')),
                          choices=[int(c) for c in choices] if choices else None)
    elif kind == 'float':
        t = types.Float(min=shape.get('min'), max=shape.get('max'))
    elif kind == 'port':
        t = types.Port()
    elif kind == 'list':
        t = types.List(item_type=item_type(shape.get('item')))
    elif kind == 'dict':
        t = types.Dict()
    elif kind == 'ip':
        t = types.IPAddress()
    elif kind == 'host-address':
        t = types.HostAddress()
    elif kind == 'host-domain':
        t = types.HostDomain()
    elif kind == 'uri':
        t = types.URI(schemes=shape.get('schemes'))
    elif kind == 'multi-string':
        return cfg.MultiStrOpt(o['name'], **kw)
    elif kind == 'multi-dict':
        return cfg.MultiOpt(o['name'], item_type=types.Dict(), **kw)
    else:
        raise SystemExit('unknown type %s of %s' % (kind, o['name']))
    return cfg.Opt(o['name'], type=t, **kw)


def configuration(release, table):
    conf = cfg.ConfigOpts()
    for o in json.load(open(table))['options']:
        if int(o['first_release']) <= release <= int(o['last_release']) and str(release) not in o.get('absent_in', []):
            group = None if o['section'] == 'DEFAULT' else o['section']
            try:
                conf.register_opt(option(o, release), group=group)
            except cfg.DuplicateOptError:
                pass  # oslo.config's own: config_source
    conf([], project='nova', prog='nova-compute', default_config_files=[], default_config_dirs=[])
    return conf


def tagged(v):
    if v is None:
        return ['n']
    if isinstance(v, bool):
        return ['b', v]
    if isinstance(v, int):
        return ['i', v] if -2 ** 63 <= v < 2 ** 63 else ['s', str(v)]
    if isinstance(v, float):
        return ['f', repr(v)]
    if isinstance(v, str):
        return ['s', v]
    if isinstance(v, (list, tuple)):
        return ['l', [tagged(x) for x in v]]
    if isinstance(v, dict):
        return ['d', [[k, tagged(x)] for k, x in v.items()]]
    raise SystemExit('cannot show %r' % (v,))


class Parser(cfg.ConfigParser):
    def parse_exc(self, msg, lineno, line=None):
        error = cfg.ParseError(msg, lineno, line, self.filename)
        error.kind = KINDS[msg]
        return error


def structure(path, text):
    sections = {}
    parser = Parser(path, sections)
    try:
        parser.parse()
    except iniparser.ParseError as e:
        return {'error': [e.kind, e.lineno]}
    except UnicodeDecodeError:
        try:
            text.decode('utf-8')
        except UnicodeDecodeError as e:
            return {'error': ['encoding', e.start]}
    return {'sections': sections}


def read(conf, scratch, case):
    paths, out = [], {'files': []}
    for n, text in enumerate(case['files']):
        data = text.encode('latin-1')
        path = '%s.%d' % (scratch, n)
        with open(path, 'wb') as f:
            f.write(data)
        paths.append(path)
        out['files'].append(structure(path, data))
    if any('error' in f for f in out['files']):
        return out
    namespace = cfg._Namespace(conf)
    for path in paths:
        cfg.ConfigParser._parse_file(path, namespace)
    conf._namespace = namespace
    conf._ConfigOpts__cache.clear()
    os.environ.update(case['env'])
    out['values'] = []
    for section, name in case['get']:
        try:
            value = getattr(conf, name) if section == 'DEFAULT' else getattr(getattr(conf, section), name)
            out['values'].append(tagged(value))
        except (cfg.Error, ValueError, RecursionError) as e:
            out['values'].append(['refused', type(e).__name__])
    for name in case['env']:
        del os.environ[name]
    return out


def main():
    release, table = int(sys.argv[1]), sys.argv[2]
    conf = configuration(release, table)
    directory = tempfile.mkdtemp(prefix='vncdoctor-oslo-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None)
    scratch = os.path.join(directory, 'nova.conf')
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(read(conf, scratch, json.loads(line))) + '\n')
            sys.stdout.flush()
    finally:
        shutil.rmtree(directory)


if __name__ == '__main__':
    main()
