# SPDX-License-Identifier: GPL-2.0
# bioscope: `make demo` and `make test` do everything from a bare clone; `make help` has the rest.

MAKEFLAGS += --no-builtin-rules
# Set-up waits for the network, building for the processor: both at once, unless told otherwise.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SECONDARY:

B ?= build
SERIES := $(shell . tests/setup/lib.sh && kernel_series)
MODULE_SERIES := $(shell . tests/setup/lib.sh && module_series)
NEWEST := $(lastword $(SERIES))
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# Quiet unless V=1.
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' "$(1)" "$(2)"
endif

.PHONY: all
all: tools

.PHONY: help
help:
	@echo 'Building installs nothing, and names what is missing:'
	@echo '  make tools          $(B)/bioscope, $(B)/bpf/count.o'
	@echo '  make kmod           modules for the running kernel, or the tree KDIR=..., in $(B)/kmod/local'
	@echo '  make man            $(B)/man/'
	@echo '  make install        bioscope, its object for bpftool, manual pages and completions to DESTDIR/PREFIX'
	@echo '  CC, CFLAGS, LDFLAGS, ARCH as usual; WERROR=1: no warning is taken; V=1: every command'
	@echo 'These install what they need, and make a VM:'
	@echo '  make demo           four scenes of a drained bio_set in a VM, one report'
	@echo '  make test           core tests on every kernel, the main ones on the newest; some of it:'
	@echo '                      test-{lint,deep,unit,manual,dashboards,shapes,vm}'
	@echo '  make test-all       all tests on every kernel; goes on where it was interrupted'
	@echo '  make test-guest     guest tests, K=SERIES only on this kernel, T="NAME..." only these,'
	@echo '                      TIER=full all'
	@echo '  make lint           what is looked at without running it'
	@echo '  make bench          what things cost, in instructions: deterministic, in VMs'
	@echo '  make man-examples   output of the examples in bioscope(8), and the picture in README, from a VM'
	@echo '  make verify-matrix  what verify says of stack_blk, beside what the contract predicts, K=SERIES'
	@echo '  make shell          in a VM with everything in it, K=SERIES'
	@echo '  make setup          packages, guest root, kernels (what the others do first)'
	@echo 'make clean: what was built here; make distclean: the cache, too'

# --- set-up ------------------------------------------------------------------------------------

# Fast when there is nothing to do, so that everything may depend on it.
.PHONY: deps setup
deps:
	@tests/setup/deps

setup: $(addprefix setup-kernel-,$(SERIES)) setup-root setup-qemu setup-checkpatch

.PHONY: setup-root setup-qemu setup-checkpatch
setup-root setup-qemu setup-checkpatch: setup-%: deps
	@tests/setup/$* >/dev/null

setup-kernel-%: deps
	@tests/setup/kernel $* >/dev/null

# Before anything is built: only goals that need a VM install what is missing, others name it.
INSTALLS := setup demo man-examples test test-% lint bench shell kmod-% $(B)/test/ok/%
needs = $(if $(filter $(INSTALLS),$(MAKECMDGOALS)),deps,needs-$(1))

.PHONY: needs-tools needs-man needs-modules
needs-tools needs-man needs-modules: needs-%:
	@CC='$(CC)' tests/setup/needs $*

# --- bpf ---------------------------------------------------------------------------------------

CLANG ?= clang
BPFTOOL ?= $(firstword $(shell command -v bpftool || ls /usr/sbin/bpftool 2>/dev/null) bpftool)
ARCH ?= $(shell uname -m)
# As bpf_tracing.h calls it.
BPF_ARCH := $(patsubst s390x,s390,$(patsubst ppc64%,powerpc,$(patsubst riscv64,riscv,\
	$(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(ARCH))))))
WARNINGS := -Wall -Wextra $(if $(WERROR),-Werror)
BPF_HEADERS := $(wildcard bpf/*.h)
BPF_CFLAGS := -target bpf -mcpu=v3 -g -O2 $(WARNINGS) -Wno-unused-parameter \
	-D__TARGET_ARCH_$(BPF_ARCH) -idirafter /usr/include/$(ARCH)-linux-gnu

# This file says how: what is made of them is made anew then, which is all.
$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS) Makefile | $(call needs,tools)
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# alloc_cheap last: tools/load/configure.c cuts off what it has in .bss where it is not needed.
$(B)/bpf/trace.o: $(patsubst %,$(B)/bpf/%.bpf.o,alloc alloc_kprobe reserve refill pressure rescue created lifetime layers alloc_cheap)
	$(call say,LINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/discover.o: $(addprefix $(B)/bpf/,$(addsuffix .bpf.o,discover blocked requests))
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/rules.o: $(addprefix $(B)/bpf/,$(addsuffix .bpf.o,rules rules_leak rules_mempool rules_wait))
	$(Q)$(BPFTOOL) gen object $@ $^

# Objects of one file; count.o is for bpftool, the tools do not need it.
$(B)/bpf/%.o: $(B)/bpf/%.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/%.skel.h: $(B)/bpf/%.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

# --- tools -------------------------------------------------------------------------------------

ifeq ($(origin CC),default)
CC := gcc
endif
LIBS := libbpf json-c libmicrohttpd libcap-ng ncursesw
CFLAGS ?= -O2 -g
TOOLS_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -Wshadow -Wstrict-prototypes \
	-MMD -MP -Ibpf -Itools -Ikmod -I$(B)/bpf -DBIOSCOPE_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(LIBS))
TOOLS_LIBS = -Wl,-z,now $(shell pkg-config --libs $(LIBS))
TOOLS_OBJS := $(patsubst tools/%.c,$(B)/tools/%.o,$(wildcard tools/*.c tools/*/*.c))
SKELS := $(patsubst %,$(B)/bpf/%.skel.h,trace discover symbols kzalloc rules)

.PHONY: tools tools-cflags
tools: $(B)/bioscope $(B)/bpf/count.o

# For tests/lint/tidy.
tools-cflags:
	@printf '%s\n' $(TOOLS_CFLAGS) -DTOP='"$(CURDIR)"'

$(B)/tools/%.o: tools/%.c $(SKELS) | $(call needs,tools)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(TOOLS_CFLAGS) -c $< -o $@

# These say what version it is, which may be another one though no file has changed.
VERSIONED := main render/prometheus
$(VERSIONED:%=$(B)/tools/%.o): $(B)/version

$(B)/version: FORCE
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = '$(VERSION)' ] || echo '$(VERSION)' >$@

$(B)/bioscope: $(TOOLS_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(TOOLS_LIBS) -o $@

-include $(TOOLS_OBJS:.o=.d)

PREFIX ?= /usr/local
.PHONY: install
install: tools man
	install -D $(B)/bioscope $(DESTDIR)$(PREFIX)/sbin/bioscope
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/bioscope $(B)/bpf/count.o
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man4 $(B)/man/stack_blk.4 $(B)/man/bio_pressure.4
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man7 $(B)/man/bioscope-bpftool.7
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(B)/man/bioscope.8
	install -D -m 644 completions/bioscope.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bioscope
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/zsh/site-functions completions/_bioscope

# --- manual pages ------------------------------------------------------------------------------

.PHONY: man
man: $(patsubst man/%.scd,$(B)/man/%,$(wildcard man/*.scd))

$(B)/man/%: man/%.scd | $(call needs,man)
	$(call say,MAN,$<)
	@mkdir -p $(@D)
	$(Q)scdoc <$< >$@

# --- kmod --------------------------------------------------------------------------------------

KDIR ?= /lib/modules/$(shell uname -r)/build
KMOD_SOURCES := $(shell find kmod -type f 2>/dev/null)

.PHONY: kmod
kmod: | $(call needs,modules)
	@[ -e $(KDIR)/Makefile ] || { echo 'make kmod: $(KDIR) has no Makefile: install the headers of' \
		'the kernel (Debian: linux-headers-*, Fedora: kernel-devel), or name their directory by' \
		'KDIR=...' >&2; exit 1; }
	@[ ! -e $(KDIR)/vmlinux ] || command -v pahole >/dev/null || { \
		echo 'make kmod: $(KDIR)/vmlinux is there, so modules get BTF, which takes pahole' \
			'(Debian: pahole, Fedora: dwarves)' >&2; exit 1; }
	$(call say,KMOD,$(KDIR))
	@tests/setup/kmod-copy $(B)/kmod/local
	$(Q)$(MAKE) $(if $(Q),-s) --no-print-directory -C $(KDIR) M=$(CURDIR)/$(B)/kmod/local modules

# For the kernels of the table, each in the guest root, whose compiler and libc its headers want. With
# all warnings of kbuild, each of which is an error, and sparse looks at all files. Debian's headers of
# 7.x lack scripts/checker-valid.sh, by which kbuild decides whether it runs sparse, and sparse 0.6.4
# lacks __typeof_unqual__.
KMOD_CHECKS := W=1 C=2 KBUILD_CHECKSRC=2 CF=-D__typeof_unqual__=__typeof__

kmod-%: $(B)/kmod/%/.built ;

# The release of a kernel, which may be another one after the cache was made anew; written only then.
.PHONY: FORCE
$(B)/release-%: FORCE | setup-kernel-%
	@mkdir -p $(@D)
	@release=$$(cat "$$(tests/setup/kernel $*)/release") && \
		{ [ "$$(cat $@ 2>/dev/null)" = "$$release" ] || echo "$$release" >$@; }

$(B)/kmod/%/.built: $(KMOD_SOURCES) $(B)/release-% | setup-root setup-kernel-%
	$(call say,KMOD,$*)
	$(Q)tests/setup/kmod $* $(@D) $(KMOD_CHECKS)
	@touch $@

# --- unit tests --------------------------------------------------------------------------------

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_SOURCES := $(addprefix tools/,$(addprefix load/,calls.c core_btf.c kernel_btf.c layout.c members.c members_table.c names.c naming.c \
	preemption.c probes.c symbol.c variables_table.c) \
	$(addprefix model/,blocked.c choice.c circle.c event_kinds.c frames.c hist.c kzalloc.c model.c names.c rules.c suppress.c verify.c verify_plan.c where.c) \
	$(addprefix render/,columns.c event.c json.c json_add.c kzalloc.c prometheus.c rules.c rules_advice.c \
	rules_finding.c rules_json.c rules_junit.c stack_json.c stack_text.c text.c text_causes.c top.c \
	$(addprefix verify_,circle.c html.c json.c junit.c others.c report.c reproduce.c svg.c text.c) xml.c) \
	$(addprefix stack/,args.c device.c knobs.c log.c stack.c use.c) $(addprefix util/,cgroup.c number.c out.c refusal.c status.c text.c text_file.c uevents.c) \
	$(addprefix read/,kzalloc_name.c submitters.c) run/job.c run/run.c run/workload_target.c)
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all

UNIT_CFLAGS = -g -O1 -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	-Itests/unit -Itools -iquote bpf -I$(B)/bpf -Ikmod -DTOP='"$(CURDIR)"' \
	$(shell pkg-config --cflags json-c libbpf)
UNIT_LIBS = $(shell pkg-config --libs json-c libbpf) -lcmocka
UNIT_HEADERS := $(wildcard tools/*/*.h bpf/*.h tests/unit/*.h)

# What a test is made of with the sanitizers, compiled once for all of them.
UNIT_OBJECTS := $(UNIT_SOURCES:tools/%.c=$(B)/unit/tools/%.o)

$(B)/unit/tools/%.o: tools/%.c $(UNIT_HEADERS) | deps
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(SANITIZE) -c $< -o $@

# Of archives, so that a test can have a function of its own instead of one that it does not test.
# This file says what is in them.
$(B)/unit/tools.a: $(UNIT_OBJECTS) Makefile
	$(Q)rm -f $@ && ar crs $@ $(filter %.o,$^)

$(B)/unit/test_%: tests/unit/test_%.c $(B)/unit/tools.a $(UNIT_HEADERS) | deps
	$(call say,TEST,$@)
	$(Q)$(CC) $(UNIT_CFLAGS) $(SANITIZE) $< $(B)/unit/tools.a $(UNIT_LIBS) -o $@

# For valgrind, which does not go with the sanitizers: with the very objects that the tool is made of.
UNIT_PLAIN := $(UNIT_TESTS:$(B)/unit/%=$(B)/unit/plain/%)

$(B)/unit/plain/tools.a: $(UNIT_SOURCES:%.c=$(B)/%.o) Makefile
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar crs $@ $(filter %.o,$^)

$(B)/unit/plain/test_%: tests/unit/test_%.c $(B)/unit/plain/tools.a $(UNIT_HEADERS) | deps
	$(call say,TEST,$@)
	$(Q)$(CC) $(UNIT_CFLAGS) $< $(B)/unit/plain/tools.a $(UNIT_LIBS) -o $@

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS) $(UNIT_PLAIN)

# --- what guest tests and benchmarks need ------------------------------------------------------

GUEST_OBJECTS := $(B)/guest/tracepoints.tp_btf.bpf.o $(B)/guest/tracepoints.raw_tp.bpf.o

$(B)/guest/tracepoints.tp_btf.bpf.o: HOOK := -DHOOK='"tp_btf"' -DTYPES
$(B)/guest/tracepoints.raw_tp.bpf.o: HOOK := -DHOOK='"raw_tp"'
$(GUEST_OBJECTS): tests/guest/tracepoints.bpf.c Makefile | deps
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(HOOK) -c $< -o $@

# Modules that guest tests load, for every kernel.
TEST_MODULES := $(wildcard tests/guest/modules/*)

$(B)/guest/modules/%/.built: $(TEST_MODULES) $(B)/release-% | setup-root setup-kernel-%
	$(call say,KMOD,$(@D))
	$(Q)KMOD_FROM=$(CURDIR)/tests/guest/modules tests/setup/kmod $* $(@D) W=1
	@touch $@

BENCH_OBJECTS := $(patsubst %,$(B)/bench/%.bpf.o,empty.fentry empty.fexit empty.kprobe clock.fentry)

$(B)/bench/empty.%.bpf.o: tests/bench/parts.bpf.c Makefile | deps
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -DHOOK='"$*"' -c $< -o $@

$(B)/bench/clock.%.bpf.o: tests/bench/parts.bpf.c Makefile | deps
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -DHOOK='"$*"' -DCLOCK -c $< -o $@

# All that a VM may hold of us, and the VM.
VM_READY := $(B)/bioscope $(B)/bpf/count.o $(MODULE_SERIES:%=$(B)/kmod/%/.built)
GUEST_READY := $(VM_READY) $(GUEST_OBJECTS) $(MODULE_SERIES:%=$(B)/guest/modules/%/.built)

# --- demo, benchmarks, tests -------------------------------------------------------------------

# They need root, or sudo, for the guest root and the kernel modules only.
.PHONY: demo bench shell man-examples verify-matrix
demo: $(VM_READY) | setup
	@tests/demo/run

man-examples: $(GUEST_READY) | setup
	@tests/manual/examples

bench: $(VM_READY) $(BENCH_OBJECTS) | setup
	@tests/bench/run

K ?= $(NEWEST)
# The test leaves the table in its output.
verify-matrix: $(VM_READY) | setup
	@tests/run -k $(K) -t verify_matrix guest; status=$$?; \
		sed -n 's/^# | //p' $(B)/test/$(K)/verify_matrix.log; exit $$status

shell: $(VM_READY) | setup
	@tests/vm/run -k $(K) --share . --shell

.PHONY: test test-all test-guest lint $(addprefix test-,lint deep unit manual dashboards shapes vm bench)
test: $(GUEST_READY) man unit-tests | setup
	@tests/run

lint test-lint: $(B)/bioscope $(MODULE_SERIES:%=$(B)/kmod/%/.built) | setup
	@tests/run lint dashboards

# What takes lint too long.
test-deep: $(B)/bioscope | setup
	@tests/run deep

test-unit: unit-tests
	@tests/run unit

test-manual: $(B)/bioscope $(B)/bpf/count.o man
	@tests/run manual

test-dashboards: | setup
	@tests/run dashboards

# With what distributions may make of releases.
test-shapes: $(MODULE_SERIES:%=$(B)/kmod/%/.built) | setup
	@tests/run shapes mixed

test-vm: $(VM_READY) | setup
	@tests/run vm

test-bench: $(VM_READY) $(BENCH_OBJECTS) | setup
	@tests/run bench

# Each guest test on each kernel has a stamp, which is newer than all it tests if it has passed.
# tests/suite/plan.py writes down what that is. test-all asks make which are not, and runs these together.
GUEST_TOOLS := $(B)/bioscope $(B)/bpf/count.o
# What of them tests depend on: not on the version that bioscope says, which is another one with each commit.
TESTED_TOOLS := $(filter-out $(VERSIONED:%=$(B)/tools/%.o),$(TOOLS_OBJS)) $(VERSIONED:%=tools/%.c) $(B)/bpf/count.o
$(foreach s,$(SERIES),$(eval GUEST_MODULES_$(s) := \
	$(if $(filter $(s),$(MODULE_SERIES)),$(B)/kmod/$(s)/.built $(B)/guest/modules/$(s)/.built,$(B)/release-$(s))))

# Some of it: K a kernel, for which alone modules are built then, T tests.
GIVEN_K := $(if $(filter command environment,$(origin K)),$(K))
test-guest: $(GUEST_TOOLS) $(GUEST_OBJECTS) $(foreach s,$(or $(GIVEN_K),$(SERIES)),$(GUEST_MODULES_$(s))) | setup
	@tests/run $(addprefix --tier ,$(TIER)) $(addprefix -k ,$(GIVEN_K)) $(addprefix -t ,$(T)) guest

ifneq ($(filter test-all stale-stamps $(B)/test/ok/%,$(MAKECMDGOALS)),)
include $(B)/test/rules.mk
endif

# Anew each time, because what a test names may have gone; written only when it differs.
$(B)/test/rules.mk: FORCE | deps
	@mkdir -p $(@D)
	@python3 tests/suite/plan.py >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(STAMPS): tests/tap.sh $(addprefix tests/suite/,session host-state tap.py vms.py) \
	$(filter-out %.t,$(wildcard tests/vm/*)) \
	$(addprefix tests/setup/,kernel modules.keep packages.root qemu root) $(GUEST_OBJECTS) | $(GUEST_TOOLS)
ifdef STALE
	@echo $@ >>$(STALE)
else
	@tests/run -k $(notdir $(@D)) -t $(@F) guest
endif

.PHONY: stale-stamps
stale-stamps: $(STAMPS)

test-all: $(GUEST_READY) $(BENCH_OBJECTS) man unit-tests | setup
	@: >$(B)/test/stale
	@$(MAKE) --no-print-directory stale-stamps STALE=$(B)/test/stale
	@tests/run --tier full --resume $(B)/test/stale

# --- housekeeping ------------------------------------------------------------------------------

.PHONY: clean distclean
clean:
	rm -rf $(B)

distclean: clean
	@. tests/setup/lib.sh && as_root rm -rf --one-file-system "$$cache"
