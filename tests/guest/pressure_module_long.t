#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# All of bio_pressure, with more rounds of what is repeated.
# tier: full
# budget: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure_parts.sh"

rounds=200
run_parts "${all_parts[@]}"
