#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# pressure_drivers.t with one processor.
# tier: full
# budget: 200
# vm: -c 1
# uses: modules
. "$(dirname "$0")/pressure_drivers.t"
