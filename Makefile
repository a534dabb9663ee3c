# memleak-detective: `make help` lists the goals.
#
# Two layers. Without INNER a goal runs this file again: goals run one after the other in the order
# given, also under -j, and libraries are looked for only after `deps` had its turn. The rules
# themselves stand in src/rules.mk.

GOALS := all debug demo deps deps-peers test check e2e faults faults-asan fuzz fuzz-keys fuzz-smoke bench bench-verdict lint format format-check \
	analyze coverage golden screenshots docs docs-check sanitize dogfood dogfood-smoke static install uninstall deb dist clean help

ifndef INNER
.DEFAULT_GOAL := all
.NOTPARALLEL:
.PHONY: $(GOALS) memleak-detective FORCE
$(GOALS) memleak-detective:
	+@$(MAKE) --no-print-directory INNER=1 $@
build/%: FORCE
	+@$(MAKE) --no-print-directory INNER=1 $@
FORCE:

else
MAKEFLAGS += -rR
.SUFFIXES:
include src/rules.mk
endif
