"""Compute driver of the lab: nova's own fake driver, with libvirt's answer for VNC.

The libvirt driver answers get_vnc_console with the option server_proxyclient_address and the port read from the guest's
XML. This one reads the port from the file named by LAB_VNC_PORT_FILE instead.
"""
import os

import nova.conf
from nova.console import type as ctype
from nova.virt import fake


class LabDriver(fake.FakeDriverWithoutFakeNodes):
    def get_vnc_console(self, context, instance):
        with open(os.environ['LAB_VNC_PORT_FILE']) as read:
            port = int(read.read())
        return ctype.ConsoleVNC(
            host=nova.conf.CONF.vnc.server_proxyclient_address, port=port)
