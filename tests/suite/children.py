# SPDX-License-Identifier: GPL-2.0
"""The processes of a run of the suite, which end with it."""

import os
import signal
import subprocess
import threading

STOPPING = threading.Event()
RUNNING = set()
LOCK = threading.Lock()


class Child(subprocess.Popen):
    """A process that stop() ends, with those that it has started; to be used in a with statement."""

    def end(self):
        """Tells them to end."""
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)

    def __exit__(self, *error):
        super().__exit__(*error)
        with LOCK:
            RUNNING.discard(self)


def start(command, **streams):
    """Starts a command; in a session of its own, so that a ^C is the runner's to pass on. It is told to end
    when the thread ends that has started it, whatever that dies of."""
    with LOCK:
        command = ["setpriv", "--pdeathsig", "TERM", *command]
        child = Child(command, stdin=subprocess.DEVNULL, start_new_session=True, **streams)
        RUNNING.add(child)
        if STOPPING.is_set():
            child.end()
    return child


def stop():
    """Ends all that run, and what is started from now on."""
    STOPPING.set()
    for child in list(RUNNING):
        child.end()
