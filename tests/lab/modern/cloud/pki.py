"""Certificates of the site: a CA for VeNCrypt, and what a browser meets."""
import base64
import hashlib
import os
import subprocess

from common.install import run as quietly

from . import site

EXTENSIONS = """basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth,clientAuth
keyUsage=digitalSignature,keyEncipherment
subjectAltName=IP:%s,IP:%s
""" % (site.CTL1, site.CMP1)


def make(run):
    home = os.path.join(run, 'pki')
    os.makedirs(os.path.join(home, 'qemu'))

    def at(name):
        return os.path.join(home, name)

    with open(at('extensions'), 'w') as out:
        out.write(EXTENSIONS)
    quietly('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=lab CA',
            '-keyout', at('ca-key.pem'), '-out', at('ca-cert.pem'))
    for name in ('server', 'client'):
        quietly('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=' + site.CMP1,
                '-keyout', at(name + '-key.pem'), '-out', at(name + '.csr'))
        quietly('openssl', 'x509', '-req', '-in', at(name + '.csr'), '-days', '30', '-CA', at('ca-cert.pem'),
                '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-extfile', at('extensions'),
                '-out', at(name + '-cert.pem'))
    for name in ('ca-cert', 'server-cert', 'server-key'):
        os.link(at(name + '.pem'), os.path.join(home, 'qemu', name + '.pem'))
    for name, names in (('self', 'IP:%s,IP:%s' % (site.CTL1, site.CTL2)), ('stranger', 'DNS:console.example.com')):
        quietly('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj',
                '/CN=' + names.split(':')[-1], '-addext', 'subjectAltName=' + names,
                '-keyout', at(name + '-key.pem'), '-out', at(name + '-cert.pem'))
    for name in ('self', 'server'):
        with open(at(name + '-both.pem'), 'w') as out:
            for part in ('-cert.pem', '-key.pem'):
                with open(at(name + part)) as read:
                    out.write(read.read())


def authority(run):
    """The file of the site's CA."""
    return os.path.join(run, 'pki', 'ca-cert.pem')


def fingerprint(run):
    """What Chromium calls the key of the certificate that the CA signed: base64 of the SHA-256 of its public key."""
    cert = os.path.join(run, 'pki', 'server-cert.pem')
    key = subprocess.run(['openssl', 'x509', '-in', cert, '-noout', '-pubkey'], check=True, capture_output=True).stdout
    der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'der'], check=True, capture_output=True, input=key).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
