# SPDX-License-Identifier: GPL-2.0
"""The processes of a run of the suite, which end with it."""

import subprocess
import threading

STOPPING = threading.Event()
RUNNING = set()
LOCK = threading.Lock()


class Child(subprocess.Popen):
    """A process that stop() ends; to be used in a with statement."""

    def __exit__(self, *error):
        super().__exit__(*error)
        with LOCK:
            RUNNING.discard(self)


def start(command, **streams):
    """Starts a command; in a session of its own, so that a ^C is the runner's to pass on."""
    with LOCK:
        child = Child(command, stdin=subprocess.DEVNULL, start_new_session=True, **streams)
        RUNNING.add(child)
        if STOPPING.is_set():
            child.terminate()
    return child


def stop():
    """Ends all that run, and what is started from now on."""
    STOPPING.set()
    for child in list(RUNNING):
        child.terminate()
