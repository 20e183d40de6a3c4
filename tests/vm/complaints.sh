# SPDX-License-Identifier: GPL-2.0
# What a kernel prints when something is wrong with it, as a regular expression. Taint by our modules is
# not.
# shellcheck shell=bash
complaints='WARNING: |BUG: |Oops|Kernel panic|general protection|Call Trace|INFO: task .* blocked|INFO: rcu'
complaints+='|possible .*deadlock|UBSAN|KASAN|refcount_t:'
