#!/bin/sh
# SPDX-License-Identifier: MIT
# edge-cases-selftest.sh: edge-cases.sh must find each kind of breach in a made-up table, and nothing in a clean one.
lint=$(cd "$(dirname "$0")" && pwd)/edge-cases.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
mkdir -p "$tree/tests/unit" "$tree/tests/e2e"
printf '%s\n' 'static void thing__holds(void **state)' '	cmocka_unit_test(thing__holds),' \
	'static void thing__holds_more(void **state)' '	cmocka_unit_test(thing__holds_more),' \
	'static void thing__is_left_out(void **state)' >"$tree/tests/unit/test_thing.c"
echo 'check "a case, with: marks" function' >"$tree/tests/e2e/thing.sh"

# table ROW: all rows, that of C-7 being this one.
table() {
	for i in $(seq 72); do
		if [ "$i" -eq 7 ]; then
			printf '%s\n' "$1"
		else
			echo "| C-$i | a case | \`test_thing: thing__holds\` \`thing.sh: a case, with: marks\` |"
		fi
	done >"$tree/tests/EDGE_CASES.md"
}

# breach SENTENCE ROW: the table with this row has exactly that breach.
breach() {
	table "$2"
	if found=$("$lint" "$tree"); then
		echo "edge-cases.sh does not see: $1"
		failed=1
	elif [ "$(printf '%s\n' "$found" | grep -c .)" -ne 1 ] || ! printf '%s' "$found" | grep -Fq "$1"; then
		printf 'edge-cases.sh says, instead of "%s":\n%s\n' "$1" "$found"
		failed=1
	fi
}

clean() {
	table "$1"
	"$lint" "$tree" || { echo "edge-cases.sh complains about a clean table"; failed=1; }
}

clean '| C-7 | a case | `test_thing: thing__holds_more` |'
clean '| C-7 | a case | — cannot be made without the machine it needs |'
breach 'names thing__hold, but tests/unit/test_thing.c has no such test' '| C-7 | a case | `test_thing: thing__hold` |'
breach 'names thing__holdss, but' '| C-7 | a case | `test_thing: thing__holds` `test_thing: thing__holdss` |'
breach 'names thing__is_left_out, but' '| C-7 | a case | `test_thing: thing__is_left_out` |'
breach 'there is no tests/unit/test_other.c' '| C-7 | a case | `test_other: thing__holds` |'
breach 'tests/e2e/thing.sh has no such check' '| C-7 | a case | `thing.sh: a case` |'
breach 'there is no tests/e2e/other.sh' '| C-7 | a case | `other.sh: a case, with: marks` |'
breach 'neither test_PROGRAM nor SCRIPT.sh' '| C-7 | a case | `bench_thing: thing__holds` |'
breach 'is no `FILE: TEST`' '| C-7 | a case | `thing__holds` |'
breach 'names no test and gives no reason' '| C-7 | a case | thing__holds |'
breach 'gives no reason behind its dash' '| C-7 | a case | — no |'
breach 'three cells' "| C-7 | a case | \`test_thing: thing__holds\` | more |
| C-7 | a case | \`test_thing: thing__holds\` |"
breach 'C-7 has no row' ''
breach 'C-8 has a row already' "| C-7 | a case | \`test_thing: thing__holds\` |
| C-8 | a case | \`test_thing: thing__holds\` |"
breach 'C-73 is none of C-1 to C-72' "| C-7 | a case | \`test_thing: thing__holds\` |
| C-73 | a case | \`test_thing: thing__holds\` |"
rm "$tree/tests/EDGE_CASES.md"
"$lint" "$tree" >/dev/null && { echo "edge-cases.sh does not miss its table"; failed=1; }
exit $failed
