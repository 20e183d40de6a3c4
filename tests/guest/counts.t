#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Counts are equal to the truth, exactly.
# tier: core
# budget: 75
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/counts.sh"

load
healthy
refused
many_tasks latency
many_tasks stat -i 60s
many_tasks stat -i 60s --exact
plan_done
