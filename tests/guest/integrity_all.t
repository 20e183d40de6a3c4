#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# integrity.t with every combination.
# tier: full
# budget: 120
all=1
. "$(dirname "$0")/integrity.t"
