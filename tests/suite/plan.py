# SPDX-License-Identifier: GPL-2.0
"""Which guest tests there are, what their heads say, and which belong to a tier.

The head of tests/guest/NAME.t, its first lines of comment, has
  # tier: core       or main, full
  # budget: 60       seconds it may take, on two processors without hardware virtualisation
  # vm: -c 4         options of tests/vm/run; it shares a VM with those that have the same, or none
  # uses: modules    it depends on kmod/ alone and not on the tools
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
GUEST = TOP / "tests/guest"
BUILD = TOP / "build/test"
TIERS = ("core", "main", "full")


class PlanError(Exception):
    """A head, the table of kernels or a command line that cannot be right."""


@dataclass(frozen=True)
class Test:
    """A guest test, as its head describes it."""

    name: str
    tier: str
    budget: int
    vm: str
    uses: str

    @property
    def path(self):
        """Its file."""
        return GUEST / f"{self.name}.t"

    @property
    def limit(self):
        """Seconds after which it is ended: a machine may be slow or busy, and late."""
        return 300 + 6 * self.budget


def head_of(path):
    """The "# key: value" lines at the start of a file."""
    head = {}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        match = re.fullmatch(r"# (tier|budget|vm|uses): (.+)", line)
        if match:
            head[match[1]] = match[2]
    return head


def load_test(path):
    """The Test of a file; PlanError if its head lacks something or has what is unknown."""
    head = head_of(path)
    if head.get("tier") not in TIERS:
        raise PlanError(f"{path}: its head needs \"# tier: {'|'.join(TIERS)}\"")
    if not head.get("budget", "").isdigit():
        raise PlanError(f'{path}: its head needs "# budget: SECONDS"')
    if head.get("uses", "modules") != "modules":
        raise PlanError(f'{path}: "# uses:" can only be "modules"')
    return Test(path.stem, head["tier"], int(head["budget"]), head.get("vm", ""), head.get("uses", ""))


def all_tests():
    """All guest tests, by name."""
    return [load_test(path) for path in sorted(GUEST.glob("*.t"))]


def all_kernels():
    """The series of tests/setup/kernels, oldest first."""
    lines = (TOP / "tests/setup/kernels").read_text().splitlines()
    return [line.split()[0] for line in lines if line.split("#")[0].split()]


def in_tier(test, series, tier):
    """Core tests run on every kernel, main ones on the newest; of the tier full everything does."""
    if tier == "full" or test.tier == "core":
        return True
    return tier == "main" and test.tier == "main" and series == all_kernels()[-1]


def planned(tier, kernels, names):
    """(series, Test) of a tier; with names of tests, those, whatever their tier."""
    tests = all_tests()
    known = {test.name for test in tests}
    for name in names:
        if name not in known:
            raise PlanError(f'no test "{name}" in tests/guest; there are: {" ".join(sorted(known))}')
    for series in kernels:
        if series not in all_kernels():
            raise PlanError(f'no kernel "{series}"; there are: {" ".join(all_kernels())}')
    return [
        (series, test)
        for series in kernels or all_kernels()
        for test in tests
        if (test.name in names if names else in_tier(test, series, tier))
    ]


def stamp(series, test):
    """The file that says that a test has passed on a kernel."""
    return BUILD / "ok" / series / test.name


@functools.lru_cache(maxsize=None)
def named_in(path):
    """Files of the tree that the code of a test's file names: those beside it by their names, others by paths.
    Modules are not among them, which are built for all tests."""
    lines = path.read_text(errors="replace").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    words = set(re.findall(r"[\w.-]+", text))
    found = [other for other in GUEST.iterdir() if other.name in words and other.is_file()]
    named = [path.parent / relative for relative in re.findall(r"(?:\.\./)+[\w./-]+", text)]
    named += [TOP / relative for relative in re.findall(r"\$top/([\w./-]+)", text)]
    for other in (other.resolve() for other in named):
        if other.is_dir() and TOP in other.parents:
            found += [inner for inner in other.iterdir() if inner.is_file()]
        elif other.is_file():
            found.append(other)
    return found


def sources(test):
    """The files that a test is made of: its own, and all that is named there, or in those."""
    found, todo = set(), [test.path]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            if GUEST in path.parents:
                todo += named_in(path)
    return sorted(found)


def print_rules():
    """For make: what each stamp depends on, and the list of all."""
    for series, test in planned("full", [], []):
        path = stamp(series, test).relative_to(TOP)
        files = " ".join(str(source.relative_to(TOP)) for source in sources(test))
        tools = "" if test.uses == "modules" else " $(TESTED_TOOLS)"
        print(f"STAMPS += {path}\n{path}: {files} $(GUEST_MODULES_{series}){tools}")


if __name__ == "__main__":
    print_rules()
