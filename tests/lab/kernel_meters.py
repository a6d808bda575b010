# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The meters of the kernel datapath, asked by generic netlink (families
nlctrl and ovs_meter of linux/genetlink.h and linux/openvswitch.h).

The kernel has no command that lists them, and Open vSwitch 3.1 none either:
one number after the other is asked for.
"""

import socket
import struct

from packet_socket import inside

# Constants of generic netlink and of the two families.
NETLINK_GENERIC = 16
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = 1
CTRL_ATTR_FAMILY_NAME = 2
OVS_METER_CMD_GET = 4
OVS_METER_ATTR_ID = 1
NLM_F_REQUEST = 1
NLMSG_ERROR = 2

# The highest number that is asked for.
LAST = 600


def attribute(kind, data):
    padding = bytes(-len(data) % 4)
    return struct.pack("=HH", 4 + len(data), kind) + data + padding


class Conversation:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_GENERIC)
        self.socket.bind((0, 0))

    def ask(self, family, command, payload):
        """The payload of the answer, None if that is an error."""
        body = struct.pack("=BBH", command, 1, 0) + payload
        self.socket.send(struct.pack("=IHHII", 16 + len(body), family,
                                     NLM_F_REQUEST, 1, 0) + body)
        answer = self.socket.recv(1 << 16)
        kind, = struct.unpack_from("=H", answer, 4)
        return None if kind == NLMSG_ERROR else answer[20:]

    def family(self, name):
        answer = self.ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
                          attribute(CTRL_ATTR_FAMILY_NAME,
                                    name.encode() + b"\0"))
        at = 0
        while at < len(answer):
            length, kind = struct.unpack_from("=HH", answer, at)
            if kind == CTRL_ATTR_FAMILY_ID:
                return struct.unpack_from("=H", answer, at + 4)[0]
            at += (length + 3) & ~3
        raise LookupError(name)


def kernel_meters(namespace, datapath="ovs-system"):
    """The numbers of the meters of a datapath in a namespace."""
    with inside(namespace.name):
        conversation = Conversation()
        number = socket.if_nametoindex(datapath)
    with conversation.socket:
        family = conversation.family("ovs_meter")
        return [meter for meter in range(LAST + 1)
                if conversation.ask(
                    family, OVS_METER_CMD_GET,
                    struct.pack("=i", number)
                    + attribute(OVS_METER_ATTR_ID,
                                struct.pack("=I", meter)))]
