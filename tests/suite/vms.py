# SPDX-License-Identifier: GPL-2.0
"""Guest tests in VMs: many of a kernel's, one after another, in one."""

import json
import os
import subprocess
import tempfile
import time

from suite import children
from suite.plan import BUILD, TOP, stamp
from suite.tap import Result, read_tap

# Statuses of tests/vm/run: no VM, or none that got to its end in time. What the machine's speed or a VM
# that did not boot can be the reason of is run once more, and only that.
TIME_LIMIT, COMPLAINT, NO_VM = 124, 125, 126
SESSION_CHECKS = ("the kernel had no complaint", "the host is as it was before")  # of tests/suite/session
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
    others get another one. Tells each Result to `done` as soon as it is there, with the log to look at."""

    def __init__(self, series, options, tests, done):
        self.series, self.options, self.done = series, options, done
        self.todo = list(tests)
        self.ended = []  # in this VM
        self.begun = None  # the test that is under way, and since when
        self.since = self.booted = 0
        self.excused = set()  # statuses of this VM that what a test has told is the reason of
        self.logs = BUILD / series
        self.logs.mkdir(parents=True, exist_ok=True)

    def log(self, test):
        """What that test prints."""
        return self.logs / f"{test.name}.log"

    def run_again(self):
        """Once more, alone; what it has left the first time is the only thing that tells why."""
        for path in (self.log(self.todo[0]), self.logs / f"vm-{self.todo[0].name}.log"):
            if path.exists():
                path.rename(path.with_suffix(".first.log"))
        self.run()

    def run(self):
        """Until nothing is left to do, or everything is to stop."""
        while self.todo and not children.STOPPING.is_set():
            before = len(self.todo)
            messages = self.logs / f"vm-{self.todo[0].name}.log"
            status = self.session(messages)
            if children.STOPPING.is_set():
                return
            self.aftermath(status, messages)
            if len(self.todo) == before:
                self.begun = self.todo[0]
                self.aftermath(status, messages)

    def session(self, messages):
        """One VM; the status of tests/vm/run. What has ended is no longer in todo."""
        self.ended, self.begun, self.excused = [], None, set()
        self.since = self.booted = time.time()
        for test in self.todo:
            self.log(test).unlink(missing_ok=True)
        limit = 300 + sum(test.limit for test in self.todo)
        command = [TOP / "tests/vm/run", "-k", self.series, *self.options.split()]
        command += ["--timeout", str(limit), "--share", TOP, "--", "bash", "/mnt/share/tests/suite/session"]
        command += ["/mnt/share/tests/guest", f"/mnt/share/{self.logs.relative_to(TOP)}"]
        command += [f"{test.name}:{test.limit}" for test in self.todo]
        return self.follow(command, messages)

    def follow(self, command, messages):
        """Runs it and takes what it tells; its status."""
        with open(messages, "wb") as stderr:
            with children.start(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as vm:
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
        self.ended.append(test)
        if word == "timeout":
            self.excused |= {1, *WHY_AGAIN}
            if SESSION_CHECKS[0] in self.conclude(test, self.log(test), again="its time was up").failed:
                self.excused.add(COMPLAINT)
        else:
            self.conclude(test, self.log(test))

    def aftermath(self, status, messages):
        """What was not told, when the VM has ended."""
        if not self.begun and status in self.excused:
            return
        if status in WHY_AGAIN and (self.begun or self.todo):
            lost = [self.begun] if self.begun else self.todo
            self.todo = self.todo[len(lost) :]
            for test in lost:
                self.conclude(test, messages, again=WHY_AGAIN[status])
        elif self.begun:
            self.todo.pop(0)
            self.take_stamps()  # what it died of may have begun before
            self.conclude(self.begun, messages, failed=f"the VM has ended before it, with status {status}")
        elif status != 0:
            self.vm_failed(status, messages)

    def take_stamps(self):
        """None that ran in this VM counts as passed for test-all."""
        for test in self.ended:
            stamp(self.series, test).unlink(missing_ok=True)

    def vm_failed(self, status, messages):
        """A failure that no test tells of."""
        self.take_stamps()
        name = f"{self.series}/{messages.stem}"
        self.done(Result(name, failed=[f"the VM ended with status {status}"]), messages)

    def conclude(self, test, told_by, failed="", again=""):
        """The Result of a test, and its stamp if it has passed. A check that has failed is final, even if
        the test has not come to its end."""
        result = Result(f"{self.series}/{test.name}", time.time() - self.since, test.budget)
        whole = not failed and not again
        if self.log(test).exists():
            read_tap(self.log(test), result, whole)
        elif whole:
            result.failed.append("it has left no log")
        if whole:
            self.look_for_own_checks(test, result)
        if failed:
            result.failed.append(failed)
        if result.failed:
            told_by = told_by if failed else self.log(test)
        elif again:
            result.again = again
        else:
            self.leave_stamp(test, result)
        self.done(result, told_by)
        return result

    def look_for_own_checks(self, test, result):
        """The session's checks must be there, whatever came of them; it ends if they have failed."""
        lines = self.log(test).read_text(errors="replace").splitlines() if self.log(test).exists() else []
        for what in SESSION_CHECKS:
            if f"ok - {what}" not in lines:
                self.excused |= {1, COMPLAINT}
                if f"not ok - {what}" not in lines:
                    result.failed.append(f"it was not looked at whether {what}")

    def leave_stamp(self, test, result):
        """As old as the start of its VM, which takes the tool and the modules along: what was changed since
        then it may not have seen."""
        path = stamp(self.series, test)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent.parent, delete=False) as file:
            json.dump(vars(result), file)
        os.utime(file.name, (self.booted, self.booted))
        os.replace(file.name, path)


def earlier(series, test):
    """The Result that a stamp holds; None: there is no stamp, or none of ours."""
    try:
        result = Result(**json.loads(stamp(series, test).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    result.earlier = True
    return result
