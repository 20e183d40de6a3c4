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

B := build
SERIES := $(shell . tests/setup/lib.sh && kernel_series)
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
all: tools kmod

.PHONY: help
help:
	@echo 'make demo          four scenes of a drained bio_set in a VM, one report'
	@echo 'make test          all tests; some: test-{unit,manual,dashboards,style,vm,bench,guest};'
	@echo '                   TESTS=all: on every kernel also what hardly depends on it'
	@echo 'make bench         what things cost, in instructions: deterministic, in VMs'
	@echo 'make tools         build/bioscope, build/bpf/count.o'
	@echo 'make kmod          modules for every kernel of tests/setup/kernels; KDIR=... for one tree'
	@echo 'make man           build/man/'
	@echo 'make setup         packages, guest root, kernels (what demo and test do first)'
	@echo 'make install       bioscope, its object for bpftool and manual pages to DESTDIR/PREFIX'
	@echo 'make clean         what was built here; distclean: the cache, too'
	@echo 'V=1 shows every command'

# --- set-up ------------------------------------------------------------------------------------

# Fast when there is nothing to do, so that everything may depend on it.
.PHONY: deps setup
deps:
	@tests/setup/deps

setup: $(addprefix setup-kernel-,$(SERIES)) setup-root setup-qemu

.PHONY: setup-root setup-qemu
setup-root setup-qemu: setup-%: deps
	@tests/setup/$* >/dev/null

setup-kernel-%: deps
	@tests/setup/kernel $* >/dev/null

# --- bpf ---------------------------------------------------------------------------------------

CLANG ?= clang
BPFTOOL ?= $(firstword $(shell command -v bpftool || ls /usr/sbin/bpftool 2>/dev/null) bpftool)
BPF_HEADERS := $(wildcard bpf/*.h)
BPF_CFLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter \
	-D__TARGET_ARCH_x86 -idirafter /usr/include/$(shell gcc -print-multiarch)

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS) | deps
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(B)/bpf/trace.o: $(patsubst %,$(B)/bpf/%.bpf.o,alloc alloc_kprobe reserve rescue lifetime layers)
	$(call say,LINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/discover.o: $(B)/bpf/discover.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/kzalloc.o: $(B)/bpf/kzalloc.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $^

# For bpftool; the tools do not need it.
$(B)/bpf/count.o: $(B)/bpf/count.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/%.skel.h: $(B)/bpf/%.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

# --- tools -------------------------------------------------------------------------------------

CC := gcc
LIBS := libbpf json-c libmicrohttpd libcap-ng
CFLAGS ?= -O2 -g
TOOLS_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-MMD -MP -Ibpf -Itools -Ikmod -I$(B)/bpf -DBIOSCOPE_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(LIBS))
TOOLS_LIBS = $(shell pkg-config --libs $(LIBS))
TOOLS_OBJS := $(patsubst tools/%.c,$(B)/tools/%.o,$(wildcard tools/*.c))
SKELS := $(B)/bpf/trace.skel.h $(B)/bpf/discover.skel.h $(B)/bpf/kzalloc.skel.h

.PHONY: tools tools-cflags
tools: $(B)/bioscope $(B)/bpf/count.o

# For tests/style/tidy.
tools-cflags:
	@printf '%s\n' $(TOOLS_CFLAGS) -DTOP='"$(CURDIR)"'

$(B)/tools/%.o: tools/%.c $(SKELS) | deps
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(TOOLS_CFLAGS) -c $< -o $@

$(B)/bioscope: $(TOOLS_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(TOOLS_LIBS) -o $@

-include $(wildcard $(B)/tools/*.d)

PREFIX ?= /usr/local
.PHONY: install
install: tools man
	install -D $(B)/bioscope $(DESTDIR)$(PREFIX)/sbin/bioscope
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/bioscope $(B)/bpf/count.o
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man4 $(B)/man/stack_blk.4
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(B)/man/bioscope.8

# --- manual pages ------------------------------------------------------------------------------

.PHONY: man
man: $(patsubst man/%.scd,$(B)/man/%,$(wildcard man/*.scd))

$(B)/man/%: man/%.scd | deps
	$(call say,MAN,$<)
	@mkdir -p $(@D)
	$(Q)scdoc <$< >$@

# --- kmod --------------------------------------------------------------------------------------

# With all warnings of kbuild; for the kernels of the table each is an error, and sparse looks at all
# files. Debian's headers of 7.x lack scripts/checker-valid.sh, by which kbuild decides whether it runs
# sparse, and sparse 0.6.4 lacks __typeof_unqual__.
KMOD_FLAGS ?= W=1
KMOD_CHECKS := C=2 KBUILD_CHECKSRC=2 CF=-D__typeof_unqual__=__typeof__
KMOD_SOURCES := $(shell find kmod -type f 2>/dev/null)

# With KDIR, for that tree, on this machine; else for the kernels of the table, each in the guest
# root, whose compiler and libc its headers want.
.PHONY: kmod
ifdef KDIR
kmod:
	@[ ! -e $(KDIR)/vmlinux ] || command -v pahole >/dev/null || { \
		echo 'make kmod: $(KDIR)/vmlinux is there, so modules get BTF, which takes pahole:' \
			'install that package' >&2; exit 1; }
	$(call say,KMOD,$(KDIR))
	@tests/setup/kmod-copy $(B)/kmod/local
	$(Q)$(MAKE) $(if $(Q),-s) --no-print-directory -C $(KDIR) M=$(CURDIR)/$(B)/kmod/local \
		$(KMOD_FLAGS) modules
else
kmod: $(addprefix kmod-,$(SERIES))
endif

kmod-%: $(B)/kmod/%/.built ;

$(B)/kmod/%/.built: $(KMOD_SOURCES) | setup-root setup-kernel-%
	$(call say,KMOD,$*)
	$(Q)tests/setup/kmod $* $(@D) $(KMOD_FLAGS) $(KMOD_CHECKS)
	@touch $@

# --- unit tests --------------------------------------------------------------------------------

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_SOURCES := $(addprefix tools/,number.c hist.c ksyms.c kallsyms.c symtab.c model.c text.c calls.c \
	cgroup.c json_add.c render_json.c render_prometheus.c kzalloc_model.c render_kzalloc.c \
	preemption.c choice.c event_kinds.c render_event.c render_text.c)
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all

UNIT_CFLAGS = -g -O1 -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	-Itests/unit -Itools -iquote bpf -I$(B)/bpf -Ikmod -DTOP='"$(CURDIR)"' \
	$(shell pkg-config --cflags json-c)
UNIT_LIBS = $(shell pkg-config --libs json-c) -lcmocka
UNIT_HEADERS := $(wildcard tools/*.h bpf/*.h tests/unit/*.h)

$(B)/unit/test_%: tests/unit/test_%.c $(UNIT_SOURCES) $(UNIT_HEADERS) | deps
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(SANITIZE) $< $(UNIT_SOURCES) $(UNIT_LIBS) -o $@

# For valgrind, which does not go with the sanitizers: with the very objects that the tool is made of.
UNIT_PLAIN := $(UNIT_TESTS:$(B)/unit/%=$(B)/unit/plain/%)

$(B)/unit/plain/test_%: tests/unit/test_%.c $(UNIT_SOURCES:%.c=$(B)/%.o) $(UNIT_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $< $(filter %.o,$^) $(UNIT_LIBS) -o $@

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS) $(UNIT_PLAIN)

# --- guest tests and benchmarks ----------------------------------------------------------------

GUEST_OBJECTS := $(B)/guest/tracepoints.tp_btf.bpf.o $(B)/guest/tracepoints.raw_tp.bpf.o

$(B)/guest/tracepoints.tp_btf.bpf.o: HOOK := -DHOOK='"tp_btf"' -DTYPES
$(B)/guest/tracepoints.raw_tp.bpf.o: HOOK := -DHOOK='"raw_tp"'
$(GUEST_OBJECTS): tests/guest/tracepoints.bpf.c | deps
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(HOOK) -c $< -o $@

# A module that leaks, for every kernel.
LEAK_SOURCES := $(wildcard tests/guest/leak/*)

$(B)/guest/leak/%/.built: $(LEAK_SOURCES) | setup-root setup-kernel-%
	$(call say,KMOD,$(@D))
	$(Q)KMOD_FROM=$(CURDIR)/tests/guest/leak tests/setup/kmod $* $(@D) $(KMOD_FLAGS)
	@touch $@

BENCH_OBJECTS := $(B)/bench/empty.fentry.bpf.o $(B)/bench/empty.fexit.bpf.o

$(B)/bench/empty.%.bpf.o: tests/bench/empty.bpf.c | deps
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -DHOOK='"$*"' -c $< -o $@

.PHONY: guest-objects bench-objects bench
guest-objects: $(GUEST_OBJECTS) $(SERIES:%=$(B)/guest/leak/%/.built)

bench-objects: $(BENCH_OBJECTS)

bench: tools kmod bench-objects
	@tests/bench/run

# --- demo and tests ----------------------------------------------------------------------------

# Both need root, or sudo, for the guest root and the kernel modules only.
.PHONY: demo test test-unit test-manual test-dashboards test-style test-vm test-bench test-guest
demo: tools kmod
	@tests/demo/run

test: tools kmod man unit-tests guest-objects bench-objects
	@tests/run

test-unit: unit-tests
	@tests/run unit

test-manual: tools
	@tests/run manual

test-dashboards: setup
	@tests/run dashboards

test-style: kmod $(SKELS)
	@tests/run style

test-vm: tools kmod
	@tests/run vm

test-bench: tools kmod bench-objects
	@tests/run bench

test-guest: tools kmod guest-objects
	@tests/run guest

# --- housekeeping ------------------------------------------------------------------------------

.PHONY: clean distclean
clean:
	rm -rf $(B)

distclean: clean
	@. tests/setup/lib.sh && rm -rf "$$cache"
