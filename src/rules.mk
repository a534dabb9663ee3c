# The rules behind the Makefile at the top; paths are relative to that one.
# A line "## GOAL: TEXT" is what `make help` shows.

CONFIG  ?= release
BUILD   ?= build/$(CONFIG)
PROGRAM := memleak-detective
# An archive says its own, wherever it was unpacked.
VERSION := $(shell cat .version 2>/dev/null || git describe --tags --always --dirty 2>/dev/null || echo unknown)

CC       := $(if $(filter default undefined,$(origin CC)),cc,$(CC))
CLANG    ?= clang
PREFIX   ?= /usr/local
OPT_release := -O2 -g
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_tsan    := -O1 -g -fsanitize=thread
OPT_coverage := -O0 -g --coverage
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
LDFLAGS_coverage := -Wl,--wrap=_exit
CFLAGS   ?= $(OPT_$(CONFIG))
WARN     := -Wall -Wextra
ifdef DEVELOPER
WARN += -Werror -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
endif

# Optional parts: a found library builds x.c, a missing one x_stub.c. OPTIONAL= builds without all.
OPTIONAL ?= jansson sqlite3 sites
have = $(if $(filter $(1),$(OPTIONAL)),$(shell pkg-config --exists $(1) 2>/dev/null && echo yes))
HAVE_JANSSON := $(call have,jansson)
HAVE_SQLITE3 := $(call have,sqlite3)
LEAVE_OUT := $(if $(HAVE_JANSSON),src/report/json_stub.c src/source/snapshot_json_stub.c,\
	src/source/snapshot_json.c src/source/snapshot_json_regions.c src/report/diff_json.c tests/unit/test_source_snapshot.c \
	src/report/json.c src/report/json_top.c src/report/json_values.c src/report/json_heap.c src/report/json_sites.c tests/unit/test_report_json_sites.c src/report/json_snapshot.c tests/unit/test_report_json.c tests/unit/test_report_json_heap.c \
	tests/unit/support_json.c)
LEAVE_OUT += $(if $(HAVE_SQLITE3),$(wildcard src/store/*_stub.c),\
	$(filter-out %_stub.c,$(wildcard src/store/*.c)) \
	$(wildcard tests/unit/test_store_*.c tests/*/*_recording*.c tests/bench/bench_replay*.c))

# Call sites: WITH_SITES=1 insists on them, 0 builds without, auto takes what is there. Symbols and unwinding need
# elfutils; cheap places for probes capstone; bytes instead of hits libbpf, and clang and bpftool to build with.
WITH_SITES ?= auto
ifeq ($(filter auto 0 1,$(WITH_SITES)),)
$(error WITH_SITES is auto, 0 or 1, not $(WITH_SITES))
endif
SITES_TRIED := $(if $(filter sites,$(OPTIONAL)),$(filter auto 1,$(WITH_SITES)))
found = $(if $(SITES_TRIED),$(shell pkg-config --exists $(1) 2>/dev/null && echo yes))
tool = $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v $(1) 2>/dev/null)
BPFTOOL ?= $(call tool,bpftool)
HAVE_SITES := $(if $(filter x86_64,$(shell uname -m)),$(call found,libdw libelf))
HAVE_CAPSTONE := $(if $(HAVE_SITES),$(call found,capstone))
HAVE_BPF := $(if $(HAVE_SITES),$(if $(BPFTOOL),$(if $(call tool,$(CLANG)),$(call found,libbpf))))
ifeq ($(WITH_SITES),1)
$(if $(HAVE_SITES),,$(error WITH_SITES=1: libdw and libelf of elfutils are not found by pkg-config; run `make deps`))
$(if $(HAVE_CAPSTONE),,$(error WITH_SITES=1: capstone is not found by pkg-config; run `make deps`))
$(if $(HAVE_BPF),,$(error WITH_SITES=1: libbpf, clang or bpftool is not found; run `make deps`))
endif
LEAVE_OUT += $(wildcard src/*/*.bpf.c)
LEAVE_OUT += $(if $(HAVE_SITES),src/symbols/symbols_stub.c src/symbols/demangler_stub.c src/sites/tracer_stub.c,\
	$(filter-out %_stub.c,$(wildcard src/symbols/*.c src/sites/*.c)) src/symbols/demangler_stub.c src/sites/place_stub.c src/sites/probes_bpf_stub.c \
	$(wildcard tests/*/*_symbols_*.c tests/unit/test_sites_*.c tests/unit/support_sites_*.c tests/fuzz/fuzz_sites_*.c \
	tests/bench/bench_sites*.c))
LEAVE_OUT += $(if $(HAVE_CAPSTONE),src/sites/place_stub.c,src/sites/place.c tests/unit/test_sites_place.c)
LEAVE_OUT += $(if $(HAVE_BPF),src/sites/probes_bpf_stub.c,src/sites/probes_bpf.c src/sites/probes_bpf_set.c src/sites/bpf_records.c)

# What pkg-config says about all libraries in use; ncursesw also where there is no pkg-config.
package = $(shell pkg-config $(1) ncursesw 2>/dev/null || echo $(2)) \
	$(if $(HAVE_JANSSON),$(shell pkg-config $(1) jansson)) \
	$(if $(HAVE_SQLITE3),$(shell pkg-config $(1) sqlite3)) \
	$(if $(HAVE_SITES),$(shell pkg-config $(1) libdw libelf)) \
	$(if $(HAVE_CAPSTONE),$(shell pkg-config $(1) capstone)) \
	$(if $(HAVE_BPF),$(shell pkg-config $(1) libbpf))
PKG_CFLAGS := $(call package,--cflags,)
PKG_LIBS   := $(call package,--libs,-lncursesw -ltinfo)

ALL_CFLAGS  = -std=c17 -D_GNU_SOURCE -Iinclude -Isrc $(PKG_CFLAGS) $(WARN) $(CPPFLAGS) $(CFLAGS) -pthread
ALL_LDFLAGS = $(CFLAGS) $(LDFLAGS_$(CONFIG)) $(LDFLAGS) -pthread
LIBS        = $(PKG_LIBS) $(if $(HAVE_SITES),-ldl) -lm

Q = $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')
again = +$(Q)$(MAKE) --no-print-directory INNER=1

SOURCES := $(filter-out $(LEAVE_OUT),$(wildcard src/*/*.c))
LIBRARY_SOURCES := $(filter-out src/app/main.c,$(SOURCES)) $(if $(filter coverage,$(CONFIG)),tests/coverage/exit.c)
LIBRARY := $(BUILD)/libdetective.a
HEADERS := $(wildcard include/*/*.h src/*/*.h)
object = $(patsubst %.c,$(BUILD)/%.o,$(1))

UNIT_SOURCES := $(filter-out $(LEAVE_OUT),$(wildcard tests/unit/test_*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
# An archive, so that a test links only the helpers it calls.
UNIT_HELPERS := $(BUILD)/libsupport.a
UNIT_HELPER_SOURCES := $(filter-out $(LEAVE_OUT),$(wildcard tests/unit/support_*.c))
TARGETS := $(patsubst tests/targets/%.c,$(BUILD)/targets/%,$(wildcard tests/targets/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzzers/%,$(filter-out $(LEAVE_OUT),$(wildcard tests/fuzz/fuzz_*.c)))
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(filter-out $(LEAVE_OUT),$(wildcard tests/bench/*.c)))
FAULT_TOOLS := $(BUILD)/faults/drive $(BUILD)/faults/shim.so
FORMATTED := $(SOURCES) $(wildcard $(LEAVE_OUT)) $(HEADERS) $(wildcard tests/*/*.c tests/*/*.h)

.PHONY: $(GOALS) targets rooms headers edge-cases FORCE
.SECONDARY:
FORCE:

# --- the program -------------------------------------------------------------------------------

## all: build ./memleak-detective (the default; V=1 shows the commands)
all: $(PROGRAM)

## debug: the same, unoptimised
debug:
	$(again) CONFIG=debug BUILD=build/debug all

## demo: build it and watch a bundled process that leaks
demo: $(PROGRAM)
	@./$(PROGRAM) --demo

# Changing what is found or chosen rebuilds what depends on it.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LIBS)' >$@.$$$$; \
	if cmp -s $@.$$$$ $@; then rm $@.$$$$; else src/build/prerequisites.sh '$(CC)' $(PKG_CFLAGS) && mv $@.$$$$ $@; fi

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The part that runs in the kernel: compiled for it, and wrapped into a header that carries it.
$(BUILD)/%.bpf.o: src/sites/%.bpf.c $(wildcard src/sites/*.bpf.h) $(BUILD)/flags
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -D__TARGET_ARCH_x86 -I/usr/include/$(shell uname -m)-linux-gnu -Isrc -O2 -g -Wall -Werror -c -o $@ $<
$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $< name $* >$@.tmp && mv $@.tmp $@
$(BUILD)/src/sites/probes_bpf.o $(BUILD)/src/sites/probes_bpf_set.o: $(BUILD)/allocations.skel.h
$(BUILD)/src/sites/probes_bpf.o $(BUILD)/src/sites/probes_bpf_set.o: ALL_CFLAGS += -isystem $(BUILD)

$(BUILD)/version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define VERSION "%s"\n' '$(VERSION)' | cmp -s - $@ || printf '#define VERSION "%s"\n' '$(VERSION)' >$@
$(BUILD)/src/app/version.o: $(BUILD)/version.h
$(BUILD)/src/app/version.o: ALL_CFLAGS += -I$(BUILD)

$(LIBRARY): $(call object,$(LIBRARY_SOURCES))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/$(PROGRAM): $(call object,src/app/main.c) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(PROGRAM): $(BUILD)/$(PROGRAM)
	@cp -f $< $@.tmp && mv -f $@.tmp $@

## static: build/static/memleak-detective, one file without shared libraries, to copy to another machine
# What has no library to link in is left out; otherwise the objects are those of any build.
STATIC := build/static/$(PROGRAM)
linkable = $(shell mkdir -p build && echo 'int main(void) { return 0; }' >build/linkable.c && \
	$(CC) -static -o build/linkable build/linkable.c $$(pkg-config --static --libs $(1)) 2>/dev/null && echo yes)
LINKABLE_SITES = $(call linkable,libdw libelf $(if $(HAVE_CAPSTONE),capstone) $(if $(HAVE_BPF),libbpf))
UNLINKABLE = $(if $(HAVE_JANSSON),$(if $(call linkable,jansson),,jansson)) \
	$(if $(HAVE_SQLITE3),$(if $(call linkable,sqlite3),,sqlite3)) $(if $(HAVE_SITES),$(if $(LINKABLE_SITES),,sites))
static:
	@$(foreach part,$(UNLINKABLE),echo 'static: no archive of $(part) here: built without';)
	$(again) $(if $(strip $(UNLINKABLE)),OPTIONAL='$(filter-out $(UNLINKABLE),$(OPTIONAL))' WITH_SITES=auto \
		BUILD=build/static-objects) $(STATIC)
	@echo $(STATIC)
$(STATIC): $(call object,src/app/main.c $(if $(HAVE_SITES),src/symbols/demangler_stub.c)) $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -static -Wl,--strip-debug -o $@ $^ $(call package,--static --libs,-lncursesw -ltinfo) -lm

## install, uninstall: below PREFIX (/usr/local), with DESTDIR in front
install: $(PROGRAM)
uninstall:
install uninstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' BINDIR='$(BINDIR)' MANDIR='$(MANDIR)' UNITDIR='$(UNITDIR)' \
		BASHDIR='$(BASHDIR)' ZSHDIR='$(ZSHDIR)' FISHDIR='$(FISHDIR)' src/build/install.sh $@ $(PROGRAM)

## deb: a Debian package below build/deb, looked at by lintian
deb:
	@src/build/deb.sh '$(VERSION)'

## dist: a source archive of HEAD below build/
dist:
	@mkdir -p build && echo '$(VERSION)' >build/.version
	$(Q)git archive --prefix=$(PROGRAM)-$(VERSION)/ --add-file=build/.version HEAD \
		-o build/$(PROGRAM)-$(VERSION).tar.gz
	@echo build/$(PROGRAM)-$(VERSION).tar.gz

## clean: remove all that was built
clean:
	rm -rf build $(PROGRAM)

# --- what it takes -----------------------------------------------------------------------------

## deps: install what building, testing and screenshots need (apt, dnf, pacman, apk, zypper)
deps:
	@src/build/deps.sh build

## deps-peers: install the servers that tests watch, which are not started, the browser that reads pages, shells
deps-peers:
	@src/build/deps.sh peers

# --- tests -------------------------------------------------------------------------------------

$(UNIT_HELPERS): $(call object,$(UNIT_HELPER_SOURCES))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(UNIT_HELPERS) $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# Walks heaps of the target beside it.
$(BUILD)/tests/test_heap_walk_live: | $(BUILD)/targets/heap-census
$(BUILD)/tests/test_heap_lost_live: | $(addprefix $(BUILD)/targets/,heap-lost heap-mutate heap-object)

# Targets stand for other people's programs: no sanitizer, and blocks that are not optimised away.
$(BUILD)/targets/%: tests/targets/%.c tests/targets/target.h $(BUILD)/flags
	$(call say,TARGET,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O1 -g -pthread -o $@ $< $(TARGET_LIBS)
$(BUILD)/targets/heap-object: $(BUILD)/targets/heap-object.so
$(BUILD)/targets/heap-object: TARGET_LIBS = -ldl
$(BUILD)/targets/heap-object.so: tests/targets/heap-object.c $(BUILD)/flags
	$(call say,TARGET,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -DSHARED_OBJECT $(WARN) -O1 -g -fPIC -shared -o $@ $<
# A known chain of calls without frame pointers, in the shapes that programs have.
CHAIN := -O2 -fomit-frame-pointer -fno-optimize-sibling-calls
CHAINS := $(addprefix $(BUILD)/targets/symbols-chain,.stripped .bare .fixed .so)
$(BUILD)/targets/symbols-chain: TARGET_LIBS = $(CHAIN) -ldl
$(BUILD)/targets/symbols-chain.stripped: TARGET_LIBS = $(CHAIN) -s -ldl
$(BUILD)/targets/symbols-chain.bare: TARGET_LIBS = $(CHAIN) -g0 -ldl
$(BUILD)/targets/symbols-chain.fixed: TARGET_LIBS = $(CHAIN) -no-pie -ldl
$(BUILD)/targets/symbols-chain.so: TARGET_LIBS = $(CHAIN) -DSHARED_OBJECT -fPIC -shared
$(CHAINS): tests/targets/symbols-chain.c tests/targets/target.h $(BUILD)/flags
	$(call say,TARGET,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O1 -g -pthread -o $@ $< $(TARGET_LIBS)
# What it was built with lies in a file of its own, as distributions have it.
OBJCOPY ?= objcopy
$(BUILD)/targets/symbols-chain.apart: $(BUILD)/targets/symbols-chain
	$(Q)$(OBJCOPY) --only-keep-debug $< $@.debug && $(OBJCOPY) --strip-all --add-gnu-debuglink=$@.debug $< $@
$(filter $(BUILD)/tests/test_symbols_%,$(UNIT_TESTS)): | $(BUILD)/targets/symbols-chain.apart $(CHAINS)
targets: $(TARGETS)

# One leaker as programs come: with and without frame pointers; with debug information, with symbols alone, stripped but
# for what it exports.
SITE_LEAKS := $(foreach frames,fp nofp,$(addprefix $(BUILD)/targets/site-leak-$(frames)-,debug symbols exports))
SITE_LEAK_FLAGS = -O2 $(if $(findstring -nofp-,$@),-fomit-frame-pointer,-fno-omit-frame-pointer) \
	$(if $(findstring -debug,$@),-g) $(if $(findstring -exports,$@),-s -rdynamic)
$(SITE_LEAKS): tests/targets/site-leak.c tests/targets/target.h $(BUILD)/flags
	$(call say,TARGET,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) $(SITE_LEAK_FLAGS) -pthread -o $@ $<

## test: unit and golden tests; seconds, no terminal, no root (ROOMS="proc tui" chooses)
CHOSEN_TESTS = $(if $(ROOMS),$(filter $(foreach r,$(ROOMS),$(BUILD)/tests/test_$(r)_%),$(UNIT_TESTS)),$(UNIT_TESTS))
test: $(CHOSEN_TESTS)
	@tests/unit/run.sh $(CHOSEN_TESTS)

## golden: accept what the screens look like now
golden: $(UNIT_TESTS)
	@GOLDEN_UPDATE=1 tests/unit/run.sh $(UNIT_TESTS)

## e2e: the program on real processes, in pipes and in terminals (E2E="seed batch" chooses)
e2e: $(PROGRAM) targets $(BUILD)/tests/test_heap_walk_live $(FAULT_TOOLS)
	$(if $(strip $(UNLINKABLE)),,$(again) $(STATIC))
	@PROGRAM=./$(PROGRAM) TARGETS=$(BUILD)/targets tests/e2e/run.sh $(E2E)

## faults: every call the program makes fails once, a run for each (FAULTS='-s csv,heap -f malloc,read -m 100')
faults: $(PROGRAM) $(FAULT_TOOLS)
	@$(BUILD)/faults/drive -p ./$(PROGRAM) -S $(CURDIR)/$(BUILD)/faults/shim.so $(FAULTS)
# Both stay what they are under sanitizers: one is preloaded before theirs, the other judges.
$(BUILD)/faults/shim.so: $(wildcard tests/faults/shim*.c) tests/faults/shim.h tests/faults/page.h $(BUILD)/flags
	$(call say,SHIM,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O1 -g -fPIC -shared -o $@ $(filter %.c,$^) -ldl
$(BUILD)/faults/drive: $(filter-out tests/faults/shim%,$(wildcard tests/faults/*.c)) $(wildcard tests/faults/*.h) $(BUILD)/flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O1 -g -o $@ $(filter %.c,$^) -ldl

## faults-asan: the same under ASan and UBSan, leaks included; slow, so a part of them (FAULTS_ASAN=...)
FAULTS_ASAN ?= -m 20 -t 4
faults-asan:
	$(again) CONFIG=asan BUILD=build/asan faults-asan-run
faults-asan-run: $(BUILD)/$(PROGRAM) $(FAULT_TOOLS)
	@tests/faults/asan.sh $(BUILD) $(CURDIR)/$(BUILD)/faults/shim.so $(FAULTS_ASAN)
.PHONY: faults-asan-run

## sanitize: unit tests and the quick end-to-end tests under ASan, UBSan and TSan
SANITIZED_E2E ?= bad-input batch dashboard states
# Under TSan a start takes half a second on a busy machine: the scripts about times are left to ASan.
SANITIZED_E2E_tsan := dashboard
# The engine over hundreds of long traces is arithmetic that its other tests run through too: minutes under ASan.
LEFT_OUT_asan := test_detect_traces test_detect_invariance test_detect_monotone test_detect_eta
# Of the units only those that can start a thread. TSan has one of its own, which a test that looks for
# threads of this process would find. A forked child that starts threads is more than it bears ("dup
# thread with used id"); the walkers of heaps and stores use threads as material only; what fork,
# sharing and page tables do to figures is told without the pages that it adds; and hostile names pass outputs on one thread.
LEFT_OUT_tsan := test_proc_procdir test_source_counters test_store_% test_heap_walk% test_heap_memory test_heap_image \
	test_heap_promise test_sites_faults test_sites_probes test_source_traps test_app_hostile
SANITIZED_UNITS ?= $(notdir $(UNIT_TESTS))
sanitized = $(addprefix $(BUILD)/tests/,$(filter-out $(LEFT_OUT_$(CONFIG)),$(SANITIZED_UNITS)))
# Memory that is not there is refused, as without a sanitizer, and not the end of the test.
REFUSING := allocator_may_return_null=1
under_tsan = +@if tests/unit/tsan-works.sh '$(CC)'; then $(MAKE) --no-print-directory INNER=1 CONFIG=tsan BUILD=build/tsan \
		SANITIZED_UNITS="$$(tests/unit/threaded.sh $(UNIT_TESTS:$(BUILD)/%=build/asan/%) | xargs)" $(1); fi
sanitize:
	$(again) CONFIG=asan BUILD=build/asan sanitize-run
	$(call under_tsan,sanitize-run)
sanitize-built: $(sanitized) $(BUILD)/$(PROGRAM) targets
sanitize-run: sanitize-built
	@echo "unit tests, CONFIG=$(CONFIG)"
	@ASAN_OPTIONS=$(REFUSING) TSAN_OPTIONS=$(REFUSING):die_after_fork=0 tests/unit/run.sh $(sanitized)
	@PROGRAM=$(BUILD)/$(PROGRAM) TARGETS=$(BUILD)/targets PATIENCE=3 E2E_SCRIPTS=2 E2E_JOBS=5 \
		tests/e2e/run.sh $(or $(SANITIZED_E2E_$(CONFIG)),$(SANITIZED_E2E))
.PHONY: sanitize-built sanitize-run

## fuzz, fuzz-smoke: libFuzzer on every parser, FUZZ_SECONDS each (60; 5)
by_fuzzers = +@if tests/fuzz/works.sh '$(CLANG)'; then $(MAKE) --no-print-directory INNER=1 CONFIG=fuzz BUILD=build/fuzz \
		CC='$(CLANG)' $(1); fi
fuzz fuzz-smoke:
	$(call by_fuzzers,FUZZ_SECONDS=$(or $(FUZZ_SECONDS),$(if $(filter fuzz,$@),60,5)) fuzz-run)
fuzz-built: $(FUZZERS)
fuzz-run: fuzz-built
	@tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZERS)
$(BUILD)/fuzzers/%: $(BUILD)/tests/fuzz/%.o $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)
.PHONY: fuzz-built fuzz-run

## fuzz-keys: random keys on the dashboard under ASan and UBSan, KEYS_SECONDS (60)
KEYS := $(BUILD)/keys/keys
fuzz-keys:
	$(again) CONFIG=asan BUILD=build/asan keys-run
keys-run: $(KEYS) $(BUILD)/$(PROGRAM) $(BUILD)/targets/leak
	@tests/keys/fuzz.sh $(or $(KEYS_SECONDS),60) $(or $(KEYS_FROM),$$(date +%s)000) $(BUILD)/$(PROGRAM) $(BUILD)/targets/leak
$(KEYS): $(call object,$(wildcard tests/keys/*.c)) $(UNIT_HELPERS) $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka -lutil
.PHONY: keys-run

## bench: what watching costs, as ratios from one run
bench: $(PROGRAM) targets $(SITE_LEAKS) $(BENCHES) $(filter %_kill %_cut,$(UNIT_TESTS))
	@PROGRAM=./$(PROGRAM) TARGETS=$(BUILD)/targets BENCHES=$(BUILD)/bench tests/bench/run.sh
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

## bench-verdict: how often the verdict is right, beside other rules (SEEDS=validate COUNT=40 MODE=full TRACES=DIR)
VERDICT_SOURCES := $(wildcard tests/verdict/*.c)
VERDICT := $(BUILD)/verdict/bench_verdict
bench-verdict: $(VERDICT)
	@$(VERDICT) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(COUNT),--count $(COUNT)) $(if $(MODE),--mode $(MODE)) \
		$(if $(wildcard tests/zoo/LABELS),--traces tests/zoo) $(if $(TRACES),--traces '$(TRACES)')
$(VERDICT): $(call object,$(VERDICT_SOURCES)) $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

## dogfood: the tool watches itself for DOGFOOD_SECONDS (600), a simulated day, everything under valgrind (DOGFOOD="soak real valgrind" chooses)
SOAK := $(BUILD)/dogfood/soak
dogfood: $(PROGRAM) targets $(SOAK)
	@PROGRAM=./$(PROGRAM) TARGETS=$(BUILD)/targets SOAK=$(SOAK) tests/dogfood/run.sh $(DOGFOOD)
dogfood-smoke: $(SOAK)
	@SOAK=$(SOAK) tests/dogfood/run.sh smoke
$(SOAK): $(call object,$(wildcard tests/dogfood/*.c)) $(UNIT_HELPERS) $(LIBRARY)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

## coverage: lines that the unit tests reach, by room; fails below its aims (COVERAGE_E2E=1: end-to-end tests, too)
coverage:
	$(again) CONFIG=coverage BUILD=build/coverage coverage-run
coverage-run: $(UNIT_TESTS) $(if $(COVERAGE_E2E),$(BUILD)/$(PROGRAM) targets)
	@find $(BUILD) -name '*.gcda' -delete
	@status=0; UNIT_TIMEOUT=1200 tests/unit/run.sh $(UNIT_TESTS) || status=1; \
	$(if $(COVERAGE_E2E),src/build/coverage.sh $(BUILD) >$(BUILD)/coverage.units; \
	PROGRAM=$(BUILD)/$(PROGRAM) TARGETS=$(BUILD)/targets PATIENCE=3 tests/e2e/run.sh $(E2E) || \
		echo "not counted: who runs as another user cannot note what was reached, and says so; \`make e2e\` judges";) \
	src/build/coverage.sh $(BUILD) $(if $(COVERAGE_E2E),$(BUILD)/coverage.units) || status=1; exit $$status
.PHONY: coverage-run

# --- the code itself ---------------------------------------------------------------------------

## lint: includes between rooms, headers that stand alone, format, edge cases without a test
lint: rooms headers format-check edge-cases
edge-cases:
	@tests/lint/edge-cases-selftest.sh
	@tests/lint/edge-cases.sh
rooms:
	@tests/lint/selftest.sh
	@tests/lint/rooms.sh
headers: $(patsubst %,$(BUILD)/lint/%.ok,$(HEADERS))
$(BUILD)/lint/%.ok: % $(HEADERS) $(BUILD)/flags
	@mkdir -p $(@D)
	@echo 'typedef int lint;' | $(CC) $(ALL_CFLAGS) -fsyntax-only -include $< -x c - || \
		{ echo '$<: does not compile alone: it must include what it uses'; exit 1; }
	@touch $@

## format, format-check: clang-format as .clang-format says
format:
	@tests/lint/format.sh write $(FORMATTED)
format-check:
	@tests/lint/format.sh check $(FORMATTED)

## analyze: the static analyser of clang
analyze: $(patsubst %.c,$(BUILD)/analyze/%.ok,$(SOURCES))
$(BUILD)/analyze/%.ok: %.c $(BUILD)/flags $(BUILD)/version.h
	$(call say,ANALYZE,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(ALL_CFLAGS) -I$(BUILD) --analyze -Xclang -analyzer-werror -o /dev/null $<
	@touch $@

## screenshots: screenshots/*.png from the program on a real process
screenshots: $(PROGRAM)
	@PROGRAM=./$(PROGRAM) tests/screenshots/make.sh

## docs, docs-check: write into README.md and the man page, or compare, the keys and options the program knows
docs: $(PROGRAM)
	@src/build/docs.sh write
docs-check: $(PROGRAM)
	@src/build/docs.sh check

## check: all of the above that can fail: lint, tests, documents, end to end, fuzzing, sanitizers
check:
	$(again) lint
	$(again) test
	$(again) docs-check
	+@nice -n 19 $(MAKE) --no-print-directory INNER=1 ahead >build/ahead.log 2>&1 & ahead=$$!; \
	trap 'kill $$ahead; exit 130' INT TERM HUP; \
	$(MAKE) --no-print-directory INNER=1 e2e; status=$$?; wait; exit $$status
	$(again) dogfood-smoke
	$(again) fuzz-smoke
	$(again) sanitize

# What comes after the end-to-end tests is built while these wait, by what they leave of the processors. What fails here
# fails there again, and is told there.
ahead:
	-$(again) CONFIG=asan BUILD=build/asan sanitize-built
	-$(call by_fuzzers,fuzz-built)
	-$(call under_tsan,sanitize-built)
.PHONY: ahead

## help: this list
help:
	@sed -n 's/^## //p' src/rules.mk | awk -F': ' '{ printf "  %-22s %s\n", $$1, substr($$0, length($$1) + 3) }'

-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES) $(UNIT_SOURCES) $(wildcard tests/unit/support_*.c tests/bench/*.c tests/fuzz/*.c tests/verdict/*.c tests/dogfood/*.c tests/keys/*.c))
