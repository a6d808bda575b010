# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The process that keeps TCP connections busy in both directions of a lab:
it sends as fast as TCP allows, and discards what arrives.  See
line_server for how it is told."""

import select
import socket
import sys

from line_server import STDIN, Requests
from packet_socket import inside

CHUNK = bytes(65536)


def tcp_socket(namespace):
    with inside(namespace):
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


class Tcp:
    def __init__(self):
        self.poll = select.poll()
        self.poll.register(STDIN, select.POLLIN)
        self.sockets = {}
        self.listeners = set()
        self.senders = {}
        self.sending = set()

    def _add(self, sock, events):
        sock.setblocking(False)
        self.sockets[sock.fileno()] = sock
        self.poll.register(sock, events)

    def listen(self, namespace, address, port):
        """Accept connections and read what they bring."""
        sock = tcp_socket(namespace)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(64)
        self._add(sock, select.POLLIN)
        self.listeners.add(sock.fileno())

    def start(self, stream, namespace, device, source, destination, port):
        """Begin to send from a device of a namespace that has many.  A
        stream has as many connections as it was started times."""
        sock = tcp_socket(namespace)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        device.encode() + b"\0")
        sock.bind((source, 0))
        sock.settimeout(5)
        sock.connect((destination, port))
        self._add(sock, select.POLLOUT)
        self.senders.setdefault(stream, []).append(sock)
        self.sending.add(sock)

    def stop(self, stream):
        """End its connections at once, whatever is still queued."""
        for sock in self.senders.pop(stream):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
            self.sending.discard(sock)
            self._close(sock)

    def _close(self, sock):
        self.poll.unregister(sock)
        del self.sockets[sock.fileno()]
        sock.close()

    def serve(self, descriptor):
        """Do what one socket is ready for."""
        sock = self.sockets.get(descriptor)
        if sock is None:
            return
        try:
            if descriptor in self.listeners:
                self._add(sock.accept()[0], select.POLLIN)
            elif sock in self.sending:
                sock.send(CHUNK)
            elif not sock.recv(len(CHUNK)):
                self._close(sock)
        except BlockingIOError:
            return
        except OSError:
            self._close(sock)


def main():
    tcp = Tcp()
    requests = Requests(tcp)
    while True:
        for descriptor, _ in tcp.poll.poll():
            if descriptor != STDIN:
                tcp.serve(descriptor)
            elif not requests.answer_ready():
                return 0


if __name__ == "__main__":
    sys.exit(main())
