# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The process that sends numbered frames, many streams at a constant rate
each.  See line_server for how it is told."""

import heapq
import select
import sys
import time

from frame import (MAGIC, NUMBERED, PAYLOAD_AT, SOURCE_PORT_AT, mac_bytes,
                   udp_frame)
from line_server import STDIN, Requests
from packet_socket import sending_socket

# A sender that was held up for longer than this (s) does not catch up.
LATE_LIMIT = 0.05


class Stream:
    def __init__(self, spec):
        self.number = 0
        self.stream = spec["stream"]
        self.period = 1.0 / spec["rate"]
        self.tuples = spec.get("tuples", 1)
        self.count = spec.get("count")
        self.first_port = spec.get("source_port", 20000)
        self.due = time.monotonic() + spec.get("offset", 0.0)
        self.socket = sending_socket(spec["namespace"], spec["device"])
        self.frame = bytearray(udp_frame(
            spec["source"], spec["destination"], spec["source_ip"],
            spec["destination_ip"], self.first_port, spec["port"],
            spec.get("length", 64)))

    def finished(self):
        return self.count is not None and self.number >= self.count

    def send(self, now):
        """Send the next frame and set the time of the one after it.  A
        frame that the device does not take is tried again."""
        NUMBERED.pack_into(self.frame, PAYLOAD_AT, MAGIC, self.stream,
                           self.number, time.time_ns())
        if self.tuples > 1:
            port = self.first_port + self.number % self.tuples
            self.frame[SOURCE_PORT_AT:SOURCE_PORT_AT + 2] = port.to_bytes(
                2, "big")
        self.due += self.period
        if now - self.due > LATE_LIMIT:
            self.due = now
        try:
            self.socket.send(self.frame)
        except OSError:
            return
        self.number += 1


class Sender:
    def __init__(self):
        self.streams = {}
        self.queue = []

    def start(self, **spec):
        stream = Stream(spec)
        self.streams[stream.stream] = stream
        heapq.heappush(self.queue, (stream.due, stream.stream))

    def sent(self):
        """How many frames of each stream have been sent."""
        return {number: stream.number
                for number, stream in self.streams.items()}

    def set_source(self, stream, source):
        """Send with another source MAC from now on."""
        self.streams[stream].frame[6:12] = mac_bytes(source)

    def stop(self, stream):
        ended = self.streams.pop(stream)
        ended.socket.close()
        self.queue = [entry for entry in self.queue if entry[1] != stream]
        heapq.heapify(self.queue)
        return ended.number

    @staticmethod
    def inject(namespace, device, frame):
        """Send one frame, given in hexadecimal digits."""
        sock = sending_socket(namespace, device)
        sock.send(bytes.fromhex(frame))
        sock.close()

    def send_due(self):
        """Send what is due and return for how long (s) nothing will be."""
        now = time.monotonic()
        while self.queue and self.queue[0][0] <= now:
            stream = self.streams[self.queue[0][1]]
            stream.send(now)
            if stream.finished():
                heapq.heappop(self.queue)
            else:
                heapq.heapreplace(self.queue, (stream.due, stream.stream))
        if not self.queue:
            return None
        return max(0.0, self.queue[0][0] - time.monotonic())


def main():
    sender = Sender()
    requests = Requests(sender)
    while True:
        ready = select.select([STDIN], [], [], sender.send_due())[0]
        if ready and not requests.answer_ready():
            return 0


if __name__ == "__main__":
    sys.exit(main())
