# SPDX-License-Identifier: GPL-2.0
# Shared by the set-up scripts and the VM runner: the cache, messages, and a private apt that
# uses the machine's own mirror but not its state.
# shellcheck shell=bash

setup_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$setup_dir/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bioscope
root_suite=trixie
# An ordinary user's PATH lacks where Debian keeps depmod and mke2fs.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "  SETUP   $*" >&2; }
die() {
	printf '%s\n' "${0##*/}: $*" >&2
	exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root or sudo for: $*"
	fi
}

# take_lock NAME: one set-up of a kind at a time; the others wait for it.
take_lock() {
	mkdir -p "$cache"
	exec {lock_fd}>"$cache/$1.lock"
	flock -n "$lock_fd" || {
		say "waiting for another set-up of $1"
		flock "$lock_fd"
	}
}

# new_dir NAME: a temporary place in the cache for NAME; what an interrupted run left is removed
# first (the lock is held, so nobody uses it).
new_dir() {
	as_root rm -rf --one-file-system "$cache/tmp.$1"
	mkdir -p "$cache/tmp.$1"
	printf '%s\n' "$cache/tmp.$1"
}

# publish NAME KEY: the temporary place becomes NAME-KEY. Checkouts of other revisions may use others of
# NAME, of which those go that were not used for longest, beyond three in all.
publish() {
	local old

	mv "$cache/tmp.$1" "$cache/$1-$2"
	touch "$cache/$1-$2"
	artefacts "$1" | tail -n +4 | while read -r old; do
		say "removing $old"
		as_root rm -rf --one-file-system "$old"
	done
}

# artefacts NAME: those in the cache, NAME-KEY, the last used first.
artefacts() {
	find "$cache" -maxdepth 1 -regextype posix-extended -regex "$cache/${1//./\\.}-[0-9a-f]{12}" -printf '%T@ %p\n' |
		sort -rn | cut -d' ' -f2-
}

# found DIR: whether an artefact is there; then it is one that was used just now, and its name is printed.
found() { [ -d "$1" ] && touch "$1" && printf '%s\n' "$1"; }

# key_of FILE...: short hash of the files' contents.
key_of() { cat "$@" | sha256sum | cut -c1-12; }

# list_packages FILE: the names in a package list, one a line.
list_packages() { sed 's/#.*//' "$1" | tr -s ' \t' '\n' | sed '/^$/d'; }

# The mirror that the machine's own apt has Debian's main from.
mirror_uri() {
	local uri

	uri=$(find_mirror)
	if [ -z "$uri" ]; then # apt knows nothing before its first update, as in a fresh container
		as_root apt-get -qq update >&2 || true
		uri=$(find_mirror)
	fi
	[ -n "$uri" ] || die "apt has no Debian mirror among its sources: see 'apt-cache policy'"
	printf '%s\n' "$uri"
}

find_mirror() {
	apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)|$(CODENAME)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "main" && $4 !~ /security|debug/ && !uri { uri = $3 }
			END { if (uri) print uri }'
}

# The machine's own settings for fetching (proxy, certificates, validity), as an apt.conf.
apt_settings() {
	apt-config dump Acquire | grep -E '^Acquire::(http|https|Check|Retries|Max)[^"]* "[^"]+";' || true
}

# private_apt_update: an apt of our own under $cache/apt that knows the suites of the table. Lists
# younger than an hour are good enough.
private_apt_update() {
	local apt=$cache/apt suites suite

	suites=$(sed 's/#.*//' "$setup_dir/kernels" | awk 'NF { print $2; print $4 ? $4 : $2 }' | sort -u)
	[ -z "$(find "$apt/updated" -mmin -60 2>/dev/null)" ] || [ "$(cat "$apt/updated")" != "$suites" ] ||
		return 0
	mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/none"
	: >"$apt/status"
	{
		apt_settings
		printf 'Dir::State "%s";\n' "$apt"
		printf 'Dir::State::status "%s";\n' "$apt/status"
		printf 'Dir::Cache "%s";\n' "$apt"
		printf 'Dir::Etc::sourcelist "%s";\n' "$apt/sources.list"
		printf 'Dir::Etc::sourceparts "%s";\n' "$apt/none"
		printf 'Dir::Etc::preferencesparts "%s";\n' "$apt/none"
		printf 'APT::Architecture "amd64";\nAPT::Architectures "amd64";\n'
		printf 'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
	} >"$apt/apt.conf"
	for suite in $suites; do
		printf 'deb [signed-by=%s] %s %s main\n' \
			/usr/share/keyrings/debian-archive-keyring.gpg "$(mirror_uri)" "$suite"
	done >"$apt/sources.list"
	private_apt apt-get -qq update >&2 || die "cannot read the package lists of $(mirror_uri)"
	printf '%s\n' "$suites" >"$apt/updated"
}

private_apt() { APT_CONFIG=$cache/apt/apt.conf "$@"; }

# Where the artefacts of the cache are or would be.
root_dir() { printf '%s\n' "$cache/root-$(key_of "$setup_dir/root" "$setup_dir/packages.root")"; }

# kernel_line SERIES: its line in the table.
kernel_line() {
	sed 's/#.*//' "$setup_dir/kernels" |
		awk -v s="$1" '$1 == s { print $1, $2, $3, $4; f = 1 } END { exit !f }'
}

# All series of the table, oldest first; and those that modules are built for.
kernel_series() { sed 's/#.*//' "$setup_dir/kernels" | awk 'NF { print $1 }'; }
module_series() { sed 's/#.*//' "$setup_dir/kernels" | awk 'NF && $3 != "-" { print $1 }'; }

kernel_dir() {
	local key

	key=$( (
		kernel_line "$1"
		cat "$setup_dir/kernel" "$setup_dir/modules.keep"
	) | sha256sum | cut -c1-12)
	printf '%s\n' "$cache/kernel-$1-$key"
}
