#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""jobs.py NAME [NUMBER]...: python programs at work; record.sh says which of them leak, and why."""
import collections
import functools
import gc
import json
import random
import re
import sys
import time


def order(rng, number):
	"""A request as they come: some text, some numbers."""
	return {"id": number, "name": "customer-%d" % rng.randrange(10**6),
	        "lines": [{"sku": rng.randrange(10**5), "n": rng.randrange(9)} for _ in range(rng.randrange(1, 6))]}


def paced(rate):
	"""Counts requests, RATE a second, in bundles of a twentieth."""
	begin, number = time.monotonic(), 0
	while True:
		while number < (time.monotonic() - begin) * rate:
			yield number
			number += 1
		time.sleep(0.05)


def history(rate, keep_one_in):
	"""Appends one request in so many to a list that nobody ever shortens."""
	rng, seen = random.Random(1), []
	for number in paced(rate):
		text = json.dumps(order(rng, number))
		if number % keep_one_in == 0:
			seen.append(json.loads(text))


def lru(rate, bound):
	"""An LRU cache; popular keys come often, so that it fills ever slower."""
	rng = random.Random(2)

	@functools.lru_cache(maxsize=int(bound))
	def page(key):
		return "%d " % key * 150

	for _ in paced(rate):
		page(int(rng.paretovariate(0.15)) % 10**7)


def waves(period, megabytes):
	"""Loads a table, works on it, drops it: up and down."""
	while True:
		table = []
		for _ in range(40):
			table.extend("row %d" % n * 5 for n in range(int(megabytes * 1000000 / 40 / 110)))
			time.sleep(period / 80)
		table = None
		time.sleep(period / 2)


def worker(rate):
	"""Parses and searches texts and keeps totals for 100 names."""
	rng, totals = random.Random(3), collections.Counter()
	for number in paced(rate):
		text = json.dumps([order(rng, number) for _ in range(20)])
		for name in re.findall(r"customer-(\d+)", text):
			totals[int(name) % 100] += 1
		json.loads(text)


class Node:
	"""Knows its parent, which knows it: only the collector can free the two."""

	def __init__(self, parent):
		self.parent, self.child, self.text = parent, None, "x" * 50
		if parent:
			parent.child = self


def cycles(rate, off):
	"""Makes cycles; with OFF the collector never runs, as some services do for its pauses."""
	if off:
		gc.disable()
	for _ in paced(rate):
		Node(Node(None))


def idle():
	time.sleep(10**6)


if __name__ == "__main__":
	globals()[sys.argv[1]](*map(float, sys.argv[2:]))
