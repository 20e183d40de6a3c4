# SPDX-License-Identifier: GPL-2.0
"""What a log of TAP says."""

import re
from dataclasses import dataclass, field


@dataclass
class Result:
    """Of one test program: its checks by outcome, and how long it took."""

    name: str
    seconds: float = 0
    budget: int = 0
    passed: int = 0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    all_skipped: bool = False
    again: str = ""  # why it has to be run once more
    earlier: bool = False  # in an earlier run of the suite


def read_tap(log, result, whole=True):
    """Adds to a Result the checks in a log. Those up to the plan must be as many as it says, and there must
    be one if the program has come to its end (whole)."""
    planned, counted, last = None, 0, ""
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"(not )?ok\b *([0-9]*) *-? *(.*)", line)
        plan = re.match(r"1\.\.([0-9]+)(?: *# *SKIP *(.*))?$", line, re.IGNORECASE)
        if plan:
            planned = int(plan[1])
            if planned == 0 and plan[2]:
                result.all_skipped = True
                result.skipped.append(f"all: {plan[2]}")
            elif planned == 0:
                result.failed.append("it has planned no check, and did not say why")
            if planned != counted:
                result.failed.append(f"{planned} checks were planned, {counted} were made")
        elif match:
            counted += planned is None
            last = match[3]
            skip = re.search(r"# *SKIP *(.*)", last, re.IGNORECASE)
            if match[1]:
                result.failed.append(last)
            elif skip:
                result.skipped.append(f"{last[: skip.start()].strip()}: {skip[1]}")
            else:
                result.passed += 1
        elif line.startswith("Bail out!"):
            result.failed.append(line)
    if planned is None and whole:
        result.failed.append(f'it did not get to its end{f", but to: {last}" if last else ""}')


def excerpt(log, lines=40):
    """What of a log tells why a check has failed: failures, and the comments that follow them."""
    found = []
    text = log.read_text(errors="replace") if log.exists() else ""
    for line in text.splitlines():
        if line.startswith("#") and found:
            found.append(line)
        elif re.match(r"not ok|Bail out!|\S+: line [0-9]+:|.*: runtime error", line):
            found.append(line)
    return found[:lines]
