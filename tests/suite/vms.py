# SPDX-License-Identifier: GPL-2.0
"""Guest tests in VMs: many of a kernel's, one after another, in one."""

import json
import os
import subprocess
import time

from suite.plan import BUILD, TOP, stamp
from suite.tap import Result, read_tap

# Statuses of tests/vm/run: no VM, or none that got to its end in time. What the machine's speed or a VM
# that did not boot can be the reason of is run once more, and only that.
TIME_LIMIT, COMPLAINT, NO_VM = 124, 125, 126
WHY_AGAIN = {TIME_LIMIT: "the VM's time was up", NO_VM: "the VM did not start, or ended early"}


def batches(units, most):
    """Splits (series, Test) into lists of at most that many seconds, each for one kind of VM."""
    kinds = {}
    for series, test in sorted(units, key=lambda unit: -unit[1].budget):
        kinds.setdefault((series, test.vm), []).append(test)
    found = []
    for (series, options), tests in kinds.items():
        batch, seconds = [], 0
        for test in tests:
            if batch and seconds + test.budget > most:
                found.append((series, options, batch))
                batch, seconds = [], 0
            batch.append(test)
            seconds += test.budget
        found.append((series, options, batch))
    return found


class Batch:
    """Runs tests of one kernel in VMs with the same options. After a test that has spoilt its VM the
    others get another one. Tells each Result to `done` as soon as it is there."""

    def __init__(self, series, options, tests, done):
        self.series, self.options, self.done = series, options, done
        self.todo = list(tests)
        self.begun = None  # the test that is under way, and since when
        self.since = 0
        self.claimed = False  # a test of this VM has told of a complaint of the kernel
        self.logs = BUILD / series
        self.logs.mkdir(parents=True, exist_ok=True)

    def log(self, test):
        """What that test prints."""
        return self.logs / f"{test.name}.log"

    def run(self):
        """Until nothing is left to do."""
        while self.todo:
            before = len(self.todo)
            messages = self.logs / f"vm-{self.todo[0].name}.log"
            status = self.session(messages)
            self.aftermath(status, messages)
            if len(self.todo) == before:
                self.begun = self.todo[0]
                self.aftermath(status, messages)

    def session(self, messages):
        """One VM; the status of tests/vm/run. What has ended is no longer in todo."""
        self.begun, self.claimed = None, False
        limit = 300 + sum(test.limit for test in self.todo)
        command = [TOP / "tests/vm/run", "-k", self.series, *self.options.split()]
        command += ["--timeout", str(limit), "--share", TOP, "--", "bash", "/mnt/share/tests/suite/session"]
        command += ["/mnt/share/tests/guest", f"/mnt/share/{self.logs.relative_to(TOP)}"]
        command += [f"{test.name}:{test.limit}" for test in self.todo]
        return self.follow(command, messages)

    def follow(self, command, messages):
        """Runs it and takes what it tells; its status."""
        with open(messages, "wb") as stderr:
            with subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True
            ) as vm:
                for line in vm.stdout:
                    self.told(*line.split())
        return vm.returncode

    def told(self, word, name):
        """A line of the session's: a test begins, ends, or took too long."""
        test = self.todo[0]
        assert test.name == name, f"{name} instead of {test.name}"
        if word == "begin":
            self.begun, self.since = test, time.time()
            stamp(self.series, test).unlink(missing_ok=True)
            return
        self.begun = None
        self.todo.pop(0)
        if word == "timeout":
            self.conclude(test, again="its time was up")
        else:
            self.conclude(test)

    def aftermath(self, status, messages):
        """What was not told, when the VM has ended."""
        if status in WHY_AGAIN:
            lost = [self.begun] if self.begun else self.todo
            self.todo = self.todo[len(lost) :]
            for test in list(lost):
                self.conclude(test, again=WHY_AGAIN[status])
        elif self.begun:
            self.todo.pop(0)
            self.conclude(self.begun, failed=f"the VM has ended before it, with status {status}", why=messages)
        elif (status == COMPLAINT and not self.claimed) or (status > 1 and status != COMPLAINT):
            result = Result(f"{self.series}/vm", failed=[f"the VM ended with status {status}"])
            self.done(result, messages)

    def conclude(self, test, failed="", again="", why=None):
        """The Result of a test, and its stamp if it has passed."""
        result = Result(f"{self.series}/{test.name}", time.time() - self.since, test.budget, again=again)
        if not again:
            with open(self.log(test), "a", encoding="utf-8") as log:
                if failed:
                    log.write(f"not ok - {failed}\n")
                if why:
                    log.write("".join(f"# {line}\n" for line in why.read_text(errors="replace").splitlines()))
            read_tap(self.log(test), result)
            self.claimed |= any("the kernel had no complaint" in what for what in result.failed)
        if not result.failed and not again:
            self.leave_stamp(test, result)
        self.done(result, self.log(test))

    def leave_stamp(self, test, result):
        """As old as the begin of the test: what was changed since then it has not seen."""
        path = stamp(self.series, test)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(vars(result)))
        os.utime(path, (self.since, self.since))


def earlier(series, test):
    """The Result that a stamp holds."""
    result = Result(**json.loads(stamp(series, test).read_text()))
    result.earlier = True
    return result
