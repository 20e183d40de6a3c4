#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bio_pressure hits all of one pool and nobody else, and however it ends, it ends.
# tier: core
# budget: 70
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure_parts.sh"

run_parts all_refused neighbour time_limit lifted killed_holder unload_under_sleepers
