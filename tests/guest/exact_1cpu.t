#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# exact.t with one processor, where tasks preempt each other most.
# tier: full
# budget: 170
# vm: -c 1
. "$(dirname "$0")/exact.t"
