# SPDX-License-Identifier: GPL-2.0
# Completion for bash: commands and options as the binary's own help has them, devices and pools of this host.
# shellcheck shell=bash

# _bioscope_help WORD...: the help of a command, or of all.
_bioscope_help() { command bioscope "$@" --help 2>/dev/null; }

# _bioscope_commands WORD...: the commands in that.
_bioscope_commands() { _bioscope_help "$@" | sed -nE 's/^  ([a-z]+)  .*/\1/p'; }

# _bioscope_options WORD...: the options, with a "=" behind those that take an argument.
_bioscope_options() {
	_bioscope_help "$@" | sed -nE 's/^ +((-.), )?(--[a-z-]+)(=[A-Z]+)?( .*)?$/\2 \3\4/p' | sed -E 's/=[A-Z]+/=/'
}

_bioscope_devices() {
	local path

	for path in /sys/block/* /dev/mapper/*; do
		case $path in
		*'*' | */control) ;;
		/sys/*) echo "${path##*/}" ;;
		*) echo "$path" ;;
		esac
	done
}

# Takes the right to trace; without it there are none to offer.
_bioscope_pools() {
	command bioscope list --json 2>/dev/null | sed -n 's/^ *"pool": *"\(.*\)",*$/\1/p' | sort -u
}

# _bioscope_values OPTION: what it takes, one a line.
_bioscope_values() {
	case $1 in
	-d | --device) _bioscope_devices ;;
	-p | --pool) _bioscope_pools ;;
	-m | --module) cut -d' ' -f1 /proc/modules ;;
	--events) printf '%s\n' dip dry wait waited failed punt rescue rescued stall created gone refill pressure lifted ;;
	--cgroup) (cd /sys/fs/cgroup 2>/dev/null && find . -mindepth 1 -type d -printf '%P\n') ;;
	esac
}

# _bioscope_reply VALUES BEGIN: those of the lines that begin so. They are other people's names, of which nothing
# may be expanded, as compgen -W would.
_bioscope_reply() {
	local value

	while IFS= read -r value; do
		[[ -z $value || $value != "$2"* ]] || COMPREPLY+=("$(printf %q "$value")")
	done <<<"$1"
}

_bioscope() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=() i commands

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) # what follows is somebody else's
			type -t _command_offset >/dev/null && _command_offset $((i + 1))
			return
			;;
		-*) break ;;
		esac
		commands=$(_bioscope_commands "${words[@]}")
		[[ $'\n'$commands$'\n' == *$'\n'${COMP_WORDS[i]}$'\n'* || ${COMP_WORDS[i]} == help ]] || break
		words+=("${COMP_WORDS[i]}")
	done
	[ "${words[0]}" != help ] || words=("${words[@]:1}")
	# "--device=" is three words to bash.
	if [ "$current" = = ]; then
		_bioscope_reply "$(_bioscope_values "$previous")" ''
		return
	fi
	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	if [[ $previous == -* && -n $(_bioscope_values "$previous") ]]; then
		_bioscope_reply "$(_bioscope_values "$previous")" "$current"
	elif [[ $current == -* ]]; then
		_bioscope_reply "$(_bioscope_options "${words[@]}" | tr ' ' '\n' | grep .)" "$current"
		[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
	elif [ "${words[0]}" = verify ]; then
		_bioscope_reply "$(_bioscope_devices)" "$current"
	else
		_bioscope_reply "$(_bioscope_commands "${words[@]}")" "$current"
	fi
}

complete -F _bioscope bioscope
