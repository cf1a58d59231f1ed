"""A real browser at the console's URL: what is on its screen, in words that do not change from run to run."""
import json
import os
import re
import subprocess

from common.places import LabError

from .places import HERE, node_modules

PATIENCE = 20       # seconds: well beyond the site's rpc_response_timeout


def browse(url, known='', seconds=PATIENCE):
    """`known`: the fingerprint of a key whose certificate it trusts beside those of the system."""
    done = subprocess.run(
        ['node', os.path.join(HERE, 'browse.js'), url, str(seconds)] + [known] * bool(known),
        env=dict(os.environ, NODE_PATH=node_modules()), text=True, capture_output=True, timeout=seconds + 60,
        check=False)
    try:
        seen = json.loads(done.stdout)
    except ValueError as error:
        raise LabError('the browser: ' + (done.stderr.strip() or done.stdout)[-300:]) from error
    if 'error' in seen:
        raise LabError('the browser: ' + seen['error'][:300])
    return seen


def connected(seen):
    return bool(re.match('Connected', seen.get('text') or ''))


def words(seen):
    """`Something went wrong, connection is closed (1006)`."""
    if 'navigation' in seen:
        return re.search('ERR_[A-Z_]+|$', seen['navigation']).group() or seen['navigation']
    if seen.get('page', 200) >= 400:
        return 'page: HTTP %d' % seen['page']
    text = re.sub(r'^Connected.*', 'Connected', seen.get('text') or 'an empty page')
    said = ' '.join(seen['said'])
    code = re.search(r'\(code: (\d+)', said)
    refused = re.search(r'Unexpected response code: (\d+)', said)
    if refused:
        return '%s (upgrade: HTTP %s)' % (text, refused.group(1))
    reason = re.search(r'reason: ([^)]*?)\)?$|rejected with reason: (.*)', said)
    return '%s (%s)' % (text, code.group(1)) if code and text != 'Connected' else text
