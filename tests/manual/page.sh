# SPDX-License-Identifier: GPL-2.0
# For tests of a manual page, which is in $page.
# shellcheck shell=bash

# section NAME: its lines.
section() { sed -n "/^# $1\$/,/^# /p" "$page" | sed '1d;$d'; }

# examples_of COMMAND: the lines of the examples in its part of COMMANDS.
examples_of() {
	section COMMANDS | awk -v command="$1" '/^## / { on = index(", " substr($0, 4) ", ", ", " command ", ") }
		/^```$/ { inside = !inside }
		on && inside' | grep -v '^```$'
}

# renewed COMMAND...: standard input, which is a page. In its examples a command begins with "$ ", and goes on behind
# a backslash; what is beneath it is replaced by what COMMAND prints, which gets it as its last argument.
renewed() {
	local line command='' inside='' beneath=''

	while IFS= read -r line; do
		if [ "$line" = '```' ]; then
			[ "$inside" ] && inside='' || inside=1
			beneath=''
		elif [[ -n $inside && ($line == '$ '* || -n $command) ]]; then
			printf '%s\n' "$line"
			command+=${line#'$ '}$'\n'
			[[ $line != *\\ ]] || continue
			"$@" "${command%$'\n'}" || return 1
			command='' beneath=1
		fi
		[ "$beneath" ] || printf '%s\n' "$line"
	done
}
