# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The process that watches frames at many places.  See line_server for how
it is told; besides answers it writes, as frames arrive,
{"frames": [[time, place, outgoing, kind, stream, number, sent, source,
destination, vlan], ...]}.
"""

import select
import sys

import frame
from line_server import STDIN, Requests, say
from packet_socket import lost_by_tap, receive, tapping_socket

# Frames read from one tap before the next tap has its turn.
TURN = 256


class Watcher:
    def __init__(self):
        self.taps = {}
        self.poll = select.poll()
        self.poll.register(STDIN, select.POLLIN)
        self.lost = 0

    def tap(self, place, namespace, device, outgoing):
        sock = tapping_socket(namespace, device, outgoing)
        self.taps[sock.fileno()] = (place, sock)
        self.poll.register(sock.fileno(), select.POLLIN)

    def losses(self):
        """Frames that the taps themselves have lost so far."""
        self.lost += sum(lost_by_tap(sock) for _, sock in self.taps.values())
        return self.lost

    def read_tap(self, descriptor, frames):
        place, sock = self.taps[descriptor]
        for _ in range(TURN):
            try:
                raw, arrived, vlan, outgoing = receive(sock)
            except OSError:
                # Nothing more, or the device has just gone down.
                return
            frames.append([arrived, place, outgoing, *frame.read(raw, vlan)])


def main():
    watcher = Watcher()
    requests = Requests(watcher)
    while True:
        frames = []
        for descriptor, _ in watcher.poll.poll():
            if descriptor != STDIN:
                watcher.read_tap(descriptor, frames)
            elif not requests.answer_ready():
                return 0
        if frames:
            say({"frames": frames})


if __name__ == "__main__":
    sys.exit(main())
