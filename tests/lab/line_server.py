# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The server's side of the conversation with a worker process.

One JSON object per line comes in at standard input, {"id": N, "do": METHOD,
"with": {...}}, and is answered at standard output by {"id": N, "result": ...}
or {"id": N, "error": TEXT}.
"""

import json
import os

STDIN, STDOUT = 0, 1


def say(value):
    """Write one line; other lines than answers may be written, too."""
    data = json.dumps(value, separators=(",", ":")).encode() + b"\n"
    while data:
        data = data[os.write(STDOUT, data):]


class Requests:
    def __init__(self, server):
        self.server = server
        self.pending = b""

    def answer_ready(self):
        """Answer what can be read.  False if there will be nothing more."""
        data = os.read(STDIN, 65536)
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            self._answer(json.loads(line))
        return bool(data)

    def _answer(self, request):
        method = getattr(self.server, request["do"])
        try:
            say({"id": request["id"], "result": method(**request["with"])})
        except OSError as error:
            say({"id": request["id"],
                 "error": "%s %s: %s" % (request["do"], request["with"],
                                         error)})
