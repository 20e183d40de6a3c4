#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What bio_pressure refuses to hold and to hit, and that it comes and goes.
# tier: full
# budget: 70
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure_parts.sh"

run_parts bad_values random_targets part_refused foreign_probe kinds livepatch busy_module unload
