# SPDX-License-Identifier: GPL-2.0
# bioscope: `make demo` and `make test` do everything from a bare clone; `make help` has the rest.

MAKEFLAGS += --no-builtin-rules
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
	@echo 'make test          all tests; test-unit, test-dashboards, test-vm, test-guest: some'
	@echo 'make tools         build/bioscope'
	@echo 'make kmod          modules for every kernel of tests/setup/kernels; KDIR=... for one tree'
	@echo 'make setup         packages, guest root, kernels (what demo and test do first)'
	@echo 'make install       bioscope to DESTDIR/PREFIX'
	@echo 'make clean         what was built here; distclean: the cache, too'
	@echo 'V=1 shows every command'

# --- set-up ------------------------------------------------------------------------------------

# Fast when there is nothing to do, so that everything may depend on it.
.PHONY: deps setup
deps:
	@tests/setup/deps

setup: $(addprefix setup-kernel-,$(SERIES)) setup-root

.PHONY: setup-root
setup-root: deps
	@tests/setup/root >/dev/null

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

$(B)/bpf/trace.o: $(B)/bpf/alloc.bpf.o $(B)/bpf/rescue.bpf.o
	$(call say,LINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/discover.o: $(B)/bpf/discover.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/%.skel.h: $(B)/bpf/%.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

# --- tools -------------------------------------------------------------------------------------

CC := gcc
LIBS := libbpf json-c libmicrohttpd
CFLAGS ?= -O2 -g
TOOLS_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-MMD -MP -Ibpf -Itools -Ikmod -I$(B)/bpf -DBIOSCOPE_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(LIBS))
TOOLS_LIBS = $(shell pkg-config --libs $(LIBS))
TOOLS_OBJS := $(patsubst tools/%.c,$(B)/tools/%.o,$(wildcard tools/*.c))
SKELS := $(B)/bpf/trace.skel.h $(B)/bpf/discover.skel.h

.PHONY: tools
tools: $(B)/bioscope

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
install: tools
	install -D $(B)/bioscope $(DESTDIR)$(PREFIX)/sbin/bioscope

# --- kmod --------------------------------------------------------------------------------------

KMOD_SOURCES := $(shell find kmod -type f 2>/dev/null)

# With KDIR, for that tree, on this machine; else for the kernels of the table, each in the guest
# root, whose compiler and libc its headers want.
.PHONY: kmod
ifdef KDIR
kmod:
	@tests/setup/kmod-copy $(B)/kmod/local
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR)/$(B)/kmod/local $(KMOD_FLAGS) modules
else
kmod: $(addprefix kmod-,$(SERIES))
endif

kmod-%: $(B)/kmod/%/.built ;

$(B)/kmod/%/.built: $(KMOD_SOURCES) | setup-root setup-kernel-%
	$(call say,KMOD,$*)
	$(Q)tests/setup/kmod $* $(@D) $(KMOD_FLAGS)
	@touch $@

# --- unit tests --------------------------------------------------------------------------------

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_SOURCES := tools/number.c tools/hist.c tools/model.c tools/text.c tools/render_json.c \
	tools/render_prometheus.c
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all

$(B)/unit/test_%: tests/unit/test_%.c $(UNIT_SOURCES) $(wildcard tools/*.h bpf/*.h tests/unit/*.h) | deps
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -g -O1 $(SANITIZE) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
		-Itests/unit -Itools -iquote bpf -I$(B)/bpf -Ikmod $(shell pkg-config --cflags json-c) \
		$< $(UNIT_SOURCES) $(shell pkg-config --libs json-c) -lcmocka -o $@

.PHONY: unit-tests
unit-tests: $(UNIT_TESTS)

# --- demo and tests ----------------------------------------------------------------------------

# Both need root, or sudo, for the guest root and the kernel modules only.
.PHONY: demo test test-unit test-dashboards test-vm test-guest
demo: tools kmod
	@tests/demo/run

test: tools kmod unit-tests
	@tests/run

test-unit: unit-tests
	@tests/run unit

test-dashboards: setup
	@tests/run dashboards

test-vm: tools kmod
	@tests/run vm

test-guest: tools kmod
	@tests/run guest

# --- housekeeping ------------------------------------------------------------------------------

.PHONY: clean distclean
clean:
	rm -rf $(B)

distclean: clean
	@. tests/setup/lib.sh && rm -rf "$$cache"
