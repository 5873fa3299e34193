"""Faults on demand: an error, a dropped connection, or a signal to the client, before or after a call takes effect.

A fault is a JSON object: action (or *), region, nth (of that action, from 1) or seq (of all calls), times, when (before or after),
do: error (code, message, status), hangup, int, term, kill (the process in `pid`).
"""

import os
import signal
import threading

SIGNALS = {"int": signal.SIGINT, "term": signal.SIGTERM, "kill": signal.SIGKILL}


class Hangup(Exception):
    """The connection is closed without a response."""


class Failure(Exception):
    """The response is an error."""

    def __init__(self, code, message="injected", status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.reset([])

    def reset(self, faults):
        with self.lock:
            self.faults = [dict(fault, left=fault.get("times", 1)) for fault in faults]
            self.counts = {}
            self.seq = 0
            self.calls = []

    def count(self, action, region, dry_run):
        """Numbers a call among all calls (seq) and among the calls of its action (nth; 0 is a dry run)."""
        with self.lock:
            self.seq += 1
            if not dry_run:
                self.counts[action] = self.counts.get(action, 0) + 1
            call = {"seq": self.seq, "nth": 0 if dry_run else self.counts[action], "action": action, "region": region}
            self.calls.append(call)
            return call

    def inject(self, call, when):
        """Applies the faults that match the call; raises Hangup or Failure."""
        for fault in self.faults:
            if fault["left"] <= 0 or fault.get("when", "before") != when or not self._matches(fault, call):
                continue
            fault["left"] -= 1
            what = fault["do"]
            if what in SIGNALS:
                os.kill(int(fault["pid"]), SIGNALS[what])
                if what == "kill":
                    raise Hangup
            elif what == "hangup":
                raise Hangup
            else:
                raise Failure(fault.get("code", "InternalError"), fault.get("message", "injected"), fault.get("status", 500))

    @staticmethod
    def _matches(fault, call):
        return (
            fault.get("action", "*") in ("*", call["action"])
            and fault.get("region", call["region"]) == call["region"]
            and fault.get("seq", call["seq"]) == call["seq"]
            and fault.get("nth", call["nth"]) == call["nth"]
        )
