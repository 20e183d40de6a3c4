#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# pressure_module.t with more rounds of what it repeats.
# tier: full
# budget: 240
rounds=200
. "$(dirname "$0")/pressure_module.t"
