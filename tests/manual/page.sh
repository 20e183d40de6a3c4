# SPDX-License-Identifier: GPL-2.0
# For tests of a manual page, which is in $page.
# shellcheck shell=bash

# section NAME: its lines.
section() { sed -n "/^# $1\$/,/^# /p" "$page" | sed '1d;$d'; }
