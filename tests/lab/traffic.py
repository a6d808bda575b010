# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Sending streams of numbered frames and seeing where they arrive.

A *place* is where frames are seen: a member (seen at its far end, so that
only what really crossed it counts), the far end host, or a VM.
"""

import collections
import threading

from datapath import PATIENCE, RATE
from frame import BULK_PORT, DATA_PORT
from waiting import NeverHappened
from worker import Worker

Arrival = collections.namedtuple(
    "Arrival", "time place outgoing kind stream number sent source "
    "destination vlan")


class Sender:
    """Streams are known by a number of the caller's."""

    def __init__(self):
        self.worker = Worker("sender_process.py")
        self.bulk_streams = set()

    def start(self, stream, namespace, device, source, destination, rate=RATE,
              **more):
        """Start a stream from 'source' to 'destination', which are (MAC, IP)
        pairs.  'more' may hold count, tuples, source_port, offset, length."""
        self.worker.ask("start", stream=stream, namespace=namespace.name,
                        device=device, source=source[0], source_ip=source[1],
                        destination=destination[0],
                        destination_ip=destination[1], rate=rate,
                        port=more.pop("port", DATA_PORT), **more)

    def start_bulk(self, stream, namespace, device, source, destination,
                   rate, tuples, **more):
        """Start load that no tap looks at: 'tuples' different connections,
        'rate' frames per second in all."""
        self.start(stream, namespace, device, source, destination, rate,
                   port=BULK_PORT, tuples=tuples, **more)

    def sent(self, stream=None):
        """Frames sent so far of one stream, or {stream: frames}."""
        counts = self.worker.ask("sent")
        counts = {int(number): count for number, count in counts.items()}
        return counts if stream is None else counts[stream]

    def set_source(self, stream, mac):
        self.worker.ask("set_source", stream=stream, source=mac)

    def stop(self, stream):
        """End a stream and return how many frames it has sent."""
        return self.worker.ask("stop", stream=stream)

    def inject(self, namespace, device, frame):
        self.worker.ask("inject", namespace=namespace.name, device=device,
                        frame=frame.hex())

    def close(self):
        self.worker.stop()


class Watcher:
    """All frames seen since the start, in the order in which they came."""

    def __init__(self):
        self.changed = threading.Condition()
        self.numbered = collections.defaultdict(list)
        self.others = []
        self.worker = Worker("watcher_process.py", self._on_news)

    def _on_news(self, message):
        with self.changed:
            for row in message["frames"]:
                arrival = Arrival._make(row)
                if arrival.kind in ("data", "tunnel"):
                    key = arrival.place, arrival.outgoing, arrival.stream
                    self.numbered[key].append(arrival)
                else:
                    self.others.append(arrival)
            self.changed.notify_all()

    def tap(self, place, namespace, device, outgoing=False):
        """See what comes in at 'device' and, with 'outgoing', what goes
        out.  At the far end of a member what goes out goes to the
        hypervisor."""
        self.worker.ask("tap", place=place, namespace=namespace.name,
                        device=device, outgoing=outgoing)

    def stream(self, place, stream, outgoing=False):
        """The arrivals of a stream at a place.  Grows while you look."""
        return self.numbered[place, outgoing, stream]

    def all_of(self, kind, place=None, outgoing=False, since=0):
        """The arrivals of another kind ("rarp", "arp", "other")."""
        with self.changed:
            return [arrival for arrival in self.others
                    if arrival.kind == kind and arrival.time >= since
                    and arrival.outgoing == outgoing
                    and place in (None, arrival.place)]

    def wait_for(self, condition, timeout, what):
        """Return the first true value of condition(), which is called when
        frames arrive."""
        timeout *= PATIENCE
        with self.changed:
            value = self.changed.wait_for(condition, timeout)
        if not value:
            raise NeverHappened("not seen within %g s: %s" % (timeout, what))
        return value

    def wait_quiet(self, condition, seconds):
        """True if condition() did not become true for 'seconds'."""
        with self.changed:
            return not self.changed.wait_for(condition, seconds)

    def losses(self):
        return self.worker.ask("losses")

    def close(self):
        self.worker.stop()
