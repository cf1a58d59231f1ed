#!/usr/bin/env python3
"""Write options.rs, the static option table of src/oslo/options.rs, from nova-options.json beside it."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = {'string': 'Text', 'boolean': 'Boolean', 'integer': 'Integer', 'float': 'Float', 'port': 'Port',
         'list': 'List', 'dict': 'Dict', 'ip': 'Ip', 'hostname': 'Hostname', 'host-address': 'HostAddress',
         'host-domain': 'HostDomain', 'uri': 'Uri', 'multi-string': 'MultiText', 'multi-dict': 'MultiDict'}


def text(s):
    return '"' + s.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n') + '"'


def section(s):
    # oslo.config compares sections without case, except DEFAULT
    return s if s == 'DEFAULT' else s.lower()


def texts(items):
    return '&[' + ', '.join(text(str(i)) for i in items if i is not None) + ']'


def number(n):
    return 'Some(%s)' % repr(float(n))


def default(v):
    if v is None:
        return 'Default::None'
    if isinstance(v, bool):
        return 'Default::Boolean(%s)' % str(v).lower()
    if isinstance(v, list):
        return 'Default::List(%s)' % texts(v)
    if isinstance(v, dict):
        return 'Default::Dict'
    if isinstance(v, str):
        return 'Default::Text(%s)' % text(v)
    if isinstance(v, int):
        return 'Default::Integer(%d)' % v
    return 'Default::Float(%s)' % repr(v)


def item(t):
    if t['type'] == 'limits-resource':
        return 'Item::LimitsResource'
    if t['type'] == 'integer':
        return 'Item::Integer'
    return 'Item::Text { choices: %s, ignore_case: %s }' % (
        texts(t.get('choices', [])), str(t.get('ignore_case', False)).lower())


def shape(t, library):
    parts = ['from: %d' % t['from_release'], 'kind: Kind::' + KINDS[t['type']]]
    for k in ('min', 'max'):
        if k in t:
            parts.append('%s: %s' % (k, number(t[k])))
    if t.get('choices'):
        parts.append('choices: ' + texts(t['choices']))
    # the description of library options does not say whether case counts: then it does not
    if t.get('ignore_case') or (library and t.get('choices')):
        parts.append('ignore_case: true')
    if 'regex' in t:
        parts.append('pattern: ' + text(t['regex']))
    if 'max_length' in t:
        parts.append('max_length: %d' % t['max_length'])
    if 'schemes' in t:
        parts.append('schemes: ' + texts(t['schemes']))
    if 'item' in t:
        parts.append('item: ' + item(t['item']))
    return 'Shape { %s, ..SHAPE }' % ', '.join(parts)


def option(o):
    library = 'nova' not in o['source'] and o['section'] != 'cache'
    parts = ['section: ' + text(o['section']), 'name: ' + text(o['name']),
             'first: %s' % o['first_release'], 'last: %s' % o['last_release'],
             'shapes: &[%s]' % ', '.join(shape(t, library) for t in o['types'])]
    history = o.get('default_history') or [{'from_release': o['first_release'], 'default': o['default']}]
    if any(h['default'] is not None for h in history):
        parts.append('defaults: &[%s]' % ', '.join(
            '(%s, %s)' % (h['from_release'], default(h['default'])) for h in history))
    if o.get('absent_in'):
        parts.append('absent: &[%s]' % ', '.join(o['absent_in']))
    if o.get('secret'):
        parts.append('secret: true')
    if o.get('deprecated_for_removal_first'):
        parts.append('removal: Some(%s)' % o['deprecated_for_removal_first'])
    if o['deprecated_names']:
        parts.append('aliases: &[%s]' % ', '.join(
            'Alias { section: %s, name: %s, first: %s, last: %s }' % (
                text(section(d['section'])), text(d['name']), d['first_release'], d['last_release'])
            for d in o['deprecated_names']))
    if 'nova' not in o['source']:
        parts.append('library: ' + text(o['source'][0]))
    return 'OptionDef { %s, ..OPTION },' % ', '.join(parts)


def main():
    doc = json.load(open(os.path.join(HERE, 'nova-options.json')))
    options = list(doc['options'])
    for o in doc['removed_before_first_release']:
        options.append({'section': o['section'], 'name': o['name'], 'first_release': '1',
                        'last_release': o['last_release'], 'default': o['default'],
                        'types': [{'from_release': 1, 'type': o['type']}], 'deprecated_names': [], 'source': ['nova']})
    options.sort(key=lambda o: (o['section'], o['name']))
    aliases = sorted({(section(d['section']), d['name'], i) for i, o in enumerate(options) for d in o['deprecated_names']})
    with open(os.path.join(HERE, 'options.rs'), 'w') as f:
        f.write('// made by data/generate_options.py from data/nova-options.json; do not edit\n')
        f.write('static OPTIONS: &[OptionDef] = &[\n%s\n];\n' % '\n'.join(option(o) for o in options))
        f.write('static ALIASES: &[(&str, &str, u16)] = &[\n%s\n];\n' % '\n'.join(
            '(%s, %s, %d),' % (text(s), text(n), i) for s, n, i in aliases))
    print(len(options), 'options,', len(aliases), 'old names')


if __name__ == '__main__':
    main()
