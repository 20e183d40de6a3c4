#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# pairs.py: of the lines of words on stdin, so few that any two words in any two columns of one line are in one of them.
import itertools
import sys

rows = [tuple(line.split()) for line in sys.stdin]
of = {row: set(itertools.combinations(enumerate(row), 2)) for row in rows}
wanted = set().union(*of.values())
while wanted:
    best = max(rows, key=lambda row: len(of[row] & wanted))
    wanted -= of[best]
    print(*best)
