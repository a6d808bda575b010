# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames of the lab: how they are made and how they are read.

A numbered frame is a UDP datagram with the stream it belongs to, its number
in the stream and the time when it was sent.
"""

import collections
import socket
import struct

MAGIC = b"vmlabseq"
NUMBERED = struct.Struct("!8sIIQ")

ETH_IPV4 = 0x0800
ETH_ARP = 0x0806
ETH_RARP = 0x8035
ETH_VLAN = 0x8100

DATA_PORT = 5000
BULK_PORT = 9999
GENEVE_PORT = 6081
VXLAN_PORT = 4789

# Offsets in a UDP frame without VLAN tag and without IP options.
SOURCE_PORT_AT = 34
PAYLOAD_AT = 42

Reading = collections.namedtuple(
    "Reading", "kind stream number sent source destination vlan")


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def mac_text(raw):
    return raw.hex(":")


def ipv4_checksum(header):
    total = sum(struct.unpack("!10H", header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(source, destination, ethertype, payload):
    return (mac_bytes(destination) + mac_bytes(source)
            + struct.pack("!H", ethertype) + payload)


def udp_frame(source, destination, source_ip, destination_ip,
              source_port, destination_port, length=64):
    """A UDP datagram with 'length' zero bytes; UDP checksum 0, which says
    that there is none."""
    udp = struct.pack("!HHHH", source_port, destination_port, 8 + length, 0)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + length, 0, 0x4000,
                         64, socket.IPPROTO_UDP, 0,
                         socket.inet_aton(source_ip),
                         socket.inet_aton(destination_ip))
    checksum = struct.pack("!H", ipv4_checksum(header))
    header = header[:10] + checksum + header[12:]
    return ethernet(source, destination, ETH_IPV4,
                    header + udp + bytes(length))


def arp_frame(operation, source, source_ip, target, target_ip,
              destination="ff:ff:ff:ff:ff:ff"):
    body = struct.pack("!HHBBH6s4s6s4s", 1, ETH_IPV4, 6, 4, operation,
                       mac_bytes(source), socket.inet_aton(source_ip),
                       mac_bytes(target), socket.inet_aton(target_ip))
    return ethernet(source, destination, ETH_ARP, body + bytes(18))


def announcement(source, source_ip):
    """A gratuitous ARP request: it tells every switch where 'source' is."""
    return arp_frame(1, source, source_ip, "00:00:00:00:00:00", source_ip)


def read(raw, vlan):
    """Read a frame whose VLAN tag, if any, the kernel has taken off and
    handed over as 'vlan'."""
    destination, source = mac_text(raw[0:6]), mac_text(raw[6:12])
    ethertype = int.from_bytes(raw[12:14], "big")
    if ethertype == ETH_VLAN:
        vlan = int.from_bytes(raw[14:16], "big") & 0xfff
        return read(raw[:12] + raw[16:], vlan)
    if ethertype == ETH_RARP:
        return Reading("rarp", 0, 0, 0, source, destination, vlan)
    if ethertype == ETH_ARP:
        return Reading("arp", 0, 0, 0, source, destination, vlan)
    if ethertype == ETH_IPV4:
        inner = tunnelled(raw)
        if inner:
            found = read(inner, vlan)
            if found.kind == "data":
                return found._replace(kind="tunnel")
        found = numbered(raw)
        if found:
            return Reading("data", *found, source, destination, vlan)
    return Reading("other", ethertype, 0, 0, source, destination, vlan)


def tunnelled(raw):
    """The frame inside a VXLAN or Geneve frame, or None."""
    if raw[23:24] != b"\x11":
        return None
    port = int.from_bytes(raw[36:38], "big")
    if port == VXLAN_PORT:
        return raw[PAYLOAD_AT + 8:]
    if port == GENEVE_PORT:
        options = (raw[PAYLOAD_AT] & 0x3f) * 4
        return raw[PAYLOAD_AT + 8 + options:]
    return None


def numbered(raw):
    """(stream, number, sent) of a numbered frame, or None."""
    if raw[PAYLOAD_AT:PAYLOAD_AT + 8] != MAGIC:
        return None
    return NUMBERED.unpack_from(raw, PAYLOAD_AT)[1:]
