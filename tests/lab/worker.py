# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The caller's side of the conversation with a worker process.

A thread reads what the process writes: answers go to the caller of ask(),
everything else to 'on_news', which is called in that thread.
"""

import json
import os
import queue
import subprocess
import sys
import threading

from command import LabError
from datapath import PATIENCE


class Worker:
    def __init__(self, script, on_news=None):
        here = os.path.dirname(os.path.abspath(__file__))
        self.script = script
        self.on_news = on_news
        self.answers = queue.Queue()
        self.next_id = 0
        self.popen = subprocess.Popen(
            [sys.executable, os.path.join(here, script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        for line in self.popen.stdout:
            message = json.loads(line)
            if "id" in message:
                self.answers.put(message)
            else:
                self.on_news(message)
        self.answers.put({"id": None, "error": "%s ended" % self.script})

    def ask(self, method, **arguments):
        self.next_id += 1
        request = {"id": self.next_id, "do": method, "with": arguments}
        self.popen.stdin.write(json.dumps(request).encode() + b"\n")
        self.popen.stdin.flush()
        try:
            reply = self.answers.get(timeout=20 * PATIENCE)
        except queue.Empty as empty:
            raise LabError("%s: no answer to %s"
                           % (self.script, method)) from empty
        if "error" in reply:
            raise LabError("%s: %s" % (self.script, reply["error"]))
        return reply["result"]

    def stop(self):
        """Closing its standard input ends the process."""
        self.popen.stdin.close()
        try:
            self.popen.wait(5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        self.thread.join(5)
        self.popen.stdout.close()
