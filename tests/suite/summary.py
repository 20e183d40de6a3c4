# SPDX-License-Identifier: GPL-2.0
"""What a run of the suite prints, and what it leaves in build/test/result."""

import subprocess
import threading
import time

from suite.plan import BUILD, TOP
from suite.tap import excerpt


class Report:
    """Gathers Results from several threads."""

    def __init__(self, tier):
        self.tier, self.begun, self.tree = tier, time.time(), tree()
        self.results, self.reasons = {}, {}
        self.lock = threading.Lock()

    def add(self, result, log):
        """Prints a line; if something has failed, also what tells why. What was to be run once more
        and is to be so again has failed."""
        with self.lock:
            if result.again and result.name in self.reasons:
                result.failed.append(f"{result.again}, twice")
                result.again = ""
            self.results[result.name] = result
            if not result.earlier:
                print_result(result, log)

    def take_again(self):
        """Names of what has to be run once more."""
        names = [name for name, result in self.results.items() if result.again]
        for name in names:
            self.reasons[name] = self.results[name].again
        return names

    def close(self):
        """Prints the end; returns the status to exit with."""
        results = list(self.results.values())
        passed = sum(result.passed for result in results)
        failed = sum(len(result.failed) for result in results)
        skipped = sum(len(result.skipped) for result in results)
        print_closing(results, self.reasons)
        self.leave(passed, failed, skipped)
        print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
        return 0 if passed and not failed else 1

    def leave(self, passed, failed, skipped):
        """For programs."""
        commit, clean = self.tree
        lines = {
            "commit": commit,
            "clean": "yes" if clean and tree() == self.tree else "no",
            "tier": self.tier,
            "passed": passed,
            "failed": failed,
            "skipped": skipped,
            "seconds": round(time.time() - self.begun),
        }
        (BUILD / "result").write_text("".join(f"{key}={value}\n" for key, value in lines.items()))


def tree():
    """The commit of the tree, and whether the tree is that; nothing and no where git does not say."""
    commit, changes = (
        subprocess.run(["git", "-C", TOP, *words], capture_output=True, text=True, check=False)
        for words in (["rev-parse", "HEAD"], ["status", "--porcelain"])
    )
    return commit.stdout.strip(), commit.returncode == changes.returncode == 0 and not changes.stdout


def print_result(result, log):
    """The line of a test."""
    if result.again:
        outcome = f"to be run once more: {result.again}"
    elif result.failed:
        outcome = f"FAILED ({len(result.failed)})"
    elif result.all_skipped:
        outcome = "skipped"
    else:
        outcome = "passed"
    print(f"{result.name:28} {result.passed:4} ok {result.seconds:6.0f} s  {outcome}", flush=True)
    if result.again and log:
        print(f"    what is known of it: {log.relative_to(TOP)}", flush=True)
    if result.failed:
        for line in excerpt(log) or result.failed:
            print(f"    {line}")
        print(f"    all of it: {log.relative_to(TOP)}", flush=True)


def print_list(title, lines):
    """A part of the end, if there is anything."""
    for line in lines:
        print(f"{title}: {line}")


def print_closing(results, reasons):
    """What to look at, or after, once all is done."""
    ran = [result for result in results if not result.earlier]
    slowest = sorted(ran, key=lambda result: -result.seconds)[:5]
    print_list("slowest", [f"{result.name}, {result.seconds:.0f} s" for result in slowest])
    print_list(
        "over its budget",
        [f"{r.name}, {r.seconds:.0f} of {r.budget} s" for r in ran if 0 < r.budget < r.seconds],
    )
    print_list("run once more", [f"{name}: {why}" for name, why in reasons.items()])
    print_list("skipped", [f"{r.name}: {why}" for r in results for why in r.skipped])
    print_list("failed", [f"{r.name}: {what}" for r in results for what in r.failed])
    before = sum(result.earlier for result in results)
    if before:
        print(f"passed earlier, and nothing they depend on has changed: {before} tests")
