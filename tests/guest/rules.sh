# SPDX-License-Identifier: GPL-2.0
# For tests of `bioscope check`.
# shellcheck shell=bash

# checked ARGUMENT...: a run of it, until nothing is lost; its report is in $work/report, its status in $status.
checked() { unless_lost checked_once "$@"; }

# A finding, or a COMMAND that fails, goes before a loss, which then only the report tells of.
checked_once() {
	local ended=0

	bioscope check --json "$@" >"$work/report" 2>"$work/err" || ended=$?
	jq -e '.lost | all(. == 0)' "$work/report" >/dev/null || return 4
	return $ended
}

# found: what was found, a line each, in the order of the report. A pool that has no name of its own is called
# after its device.
found() {
	jq -r '.findings[] | select(.suppressed_by == null) |
		"\(.rule), \(.grade), \(.pool.name // "-"), \(.count) times, \(.depth // 0) at once" +
		(if .stranded then ", stranded" else "" end) +
		(if .site then ", by \(.site)" else ", from \(.first_site)" end)' "$work/report"
}

# junit_counts FILE: what the suite in it says of its test cases, which are as many.
junit_counts() {
	python3 - "$1" <<-'END'
		import sys, xml.etree.ElementTree as tree
		suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
		counted = {"tests": len(suite.findall("testcase")), "failures": len(suite.findall("testcase/failure")),
		           "skipped": len(suite.findall("testcase/skipped"))}
		assert all(int(suite.get(key)) == number for key, number in counted.items()), (suite.attrib, counted)
		print(*(f"{key} {number}" for key, number in counted.items()))
	END
}
