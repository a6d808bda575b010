# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""AF_PACKET sockets in any namespace.

A socket stays in the namespace in which it was made, so that one process can
hold sockets of many.
"""

import contextlib
import ctypes
import os
import socket
import struct

from frame import BULK_PORT
from namespace import DIRECTORY

# Constants of Linux that Python's socket module does not have.
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 0x0003
SOL_PACKET = 263
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
TP_STATUS_VLAN_VALID = 1 << 4

_libc = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextlib.contextmanager
def inside(namespace):
    """Be in the network namespace with this name for the time of a block."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    away = os.open(os.path.join(DIRECTORY, namespace), os.O_RDONLY)
    try:
        _enter(away)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(away)


def sending_socket(namespace, device):
    with inside(namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.bind((device, 0))
    sock.setblocking(False)
    return sock


def _ignore_bulk(sock):
    """Hand no frame from or to UDP or TCP port BULK_PORT to the socket: bulk
    traffic is there to be load and is not looked at."""
    drop, accept = 9, 10
    program = [
        (0x28, 0, 0, 12),                  # load the Ethernet type
        (0x15, 0, accept - 2, 0x0800),     # IPv4?
        (0x30, 0, 0, 23),                  # load the protocol
        (0x15, 1, 0, 17),                  # UDP?
        (0x15, 0, accept - 5, 6),          # TCP?
        (0x28, 0, 0, 34),                  # load the source port
        (0x15, drop - 7, 0, BULK_PORT),
        (0x28, 0, 0, 36),                  # load the destination port
        (0x15, drop - 9, accept - 9, BULK_PORT),
        (0x06, 0, 0, 0),                   # drop
        (0x06, 0, 0, 0xffff),              # accept
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    room = ctypes.create_string_buffer(code)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HL", len(program), ctypes.addressof(room)))


def tapping_socket(namespace, device, outgoing):
    """A socket that sees every frame that comes in at 'device' and, with
    'outgoing', every frame that goes out."""
    with inside(namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    if not outgoing:
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    _ignore_bulk(sock)
    sock.bind((device, ETH_P_ALL))
    sock.setblocking(False)
    return sock


def receive(sock):
    """(frame, nanoseconds since 1970, VLAN or None, is outgoing)."""
    raw, control, _, address = sock.recvmsg(2048, 256)
    arrived, vlan = 0, None
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("ll", data[:16])
            arrived = seconds * 1000000000 + nanoseconds
        elif level == SOL_PACKET and kind == PACKET_AUXDATA:
            fields = struct.unpack("IIIHHHH", data[:20])
            if fields[0] & TP_STATUS_VLAN_VALID:
                vlan = fields[5] & 0xfff
    return raw, arrived, vlan, address[2] == socket.PACKET_OUTGOING


def lost_by_tap(sock):
    """Frames that the kernel could not queue for the socket since the last
    call: nothing can be concluded from a tap that has lost frames."""
    data = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
    return struct.unpack("II", data)[1]
