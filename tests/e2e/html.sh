#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Pages: exported from a dashboard, their figures beside the .json of the same moment, and what a browser makes
# of them. The target's name is HTML, and so are its arguments.

. "$(dirname "$0")/lib.sh"

# The first Chromium or relative in PATH.
browser() {
	local name
	for name in chromium chromium-browser headless_shell /usr/lib*/chromium-browser/headless_shell google-chrome; do
		command -v "$name" && return
	done
	return 1
}

need_browser() {
	BROWSER=$(browser) || skip "no chromium is installed; \`make deps-peers\` installs it"
}

# export_to PATH: types it into the prompt and waits for the file.
export_to() {
	keys e
	wait_screen 'memleak-[0-9]+-[0-9T]+Z' 5
	keys C-u
	type_line "$1"
	wait_until 20 test -s "$1"
}

# frozen_exports EXTENSION...: a hostile process is watched until it is called a leak, then frozen and exported.
frozen_exports() {
	local extension
	bash -c "exec -a '<script>alert(\"x&y\")</script>' '$TARGETS/leak' 1048576 1024" >"$T/target" &
	wait_until 20 grep -q '^ready' "$T/target"
	TARGET_PID=$(sed -n 's/^ready //p' "$T/target")
	dashboard 120x40 "$TARGET_PID" -i 0.5
	wait_screen ' % +leak' 120
	keys Space
	wait_screen '[Ff]rozen' 5
	for extension; do
		export_to "$T/page.$extension"
	done
	keys q
	wait_left 5
}

# values FILE: "id value" for each figure with an id, "-" where it is unknown.
values() {
	grep -oE '<(data|span)( class="word")? id="[a-z_-]+"( value="[^"]*")?>[^<]*' "$1" |
		sed -E 's/^<[a-z]+[^>]* id="([^"]*)" value="([^"]*)".*/\1 \2/; s/^<span id="([^"]*)">-$/\1 -/' | grep -v '<' | sort
}

# The same from the JSON report.
json_values() {
	jq -r '
		def line($id): if . == null then "\($id) -" else "\($id) \(.)" end;
		(.pid | line("pid")), (.confidence | line("confidence")), (.samples | line("samples")),
		(.growth_bytes_per_s | line("growth")), (.duration_s | line("duration")), (.interval_s | line("interval")),
		(.verdict | line("verdict-kind")),
		(.first | to_entries[] | select(.key | IN("time_s", "utc") | not) | .key as $k | .value | line("first-\($k)")),
		(.last | to_entries[] | select(.key | IN("time_s", "utc") | not) | .key as $k | .value | line("last-\($k)"))
	' "$1" | sort
}

# rows FILE: "start rate rss size pss private shared swap" of each row of the region table.
rows() {
	grep -E '^<tr id="r-[0-9a-f]+"' "$1" | awk '
		function value(cell) {
			return match(cell, /value="[^"]*"/) ? substr(cell, RSTART + 7, RLENGTH - 8) : "-"
		}
		{
			match($0, /id="r-[0-9a-f]+"/)
			start = substr($0, RSTART + 6, RLENGTH - 7)
			n = split($0, cell, /<td>/)
			if (n != 11)
				exit 1
			print start, value(cell[3]), value(cell[6]), value(cell[7]), value(cell[8]), value(cell[9]),
				value(cell[10]), value(cell[11])
		}' | sort
}

json_rows() {
	jq -r '.snapshot.regions[] | [.start[2:], .growth_bytes_per_s, .rss, .size, .pss, .private, .shared, .swap]
		| map(. // "-") | join(" ")' "$1" | sed 's/ null/ -/g' | sort
}

# agree WHAT FILE FILE: the same words, and numbers that differ by rounding alone.
agree() {
	paste -d'\n' "$2" "$3" | awk -v what="$1" '
		NR % 2 { n = split($0, a); line = $0; next }
		{
			if (split($0, b) != n) bad = 1
			for (i = 1; i <= n && !bad; i++)
				bad = a[i] != b[i] && !(a[i] + 0 && (d = a[i] / (b[i] ? b[i] : 1e99) - 1) < 1e-9 && d > -1e-9)
			if (bad) { print what ": " line "\n  but: " $0; exit 1 }
		}' || fail "they differ"
	equal "lines of $1" "$(wc -l <"$2")" "$(wc -l <"$3")"
}

# as_json PAGE: its figures are those of $T/page.json.
as_json() {
	values "$1" >"$T/values"
	json_values "$T/page.json" >"$T/json-values"
	[ "$(wc -l <"$T/values")" -ge 40 ] || fail "only $(wc -l <"$T/values") figures in $1"
	agree figures "$T/values" "$T/json-values"
	rows "$1" >"$T/rows"
	json_rows "$T/page.json" >"$T/json-rows"
	[ "$(wc -l <"$T/rows")" -ge 10 ] || fail "only $(wc -l <"$T/rows") regions in $1"
	agree regions "$T/rows" "$T/json-rows"
}

figures() {
	need_json
	frozen_exports html json
	equal "mode" 600 "$(stat -c %a "$T/page.html")"
	absent '<script>|https?:|javascript:' "$T/page.html"
	found '<h1 id="command">&lt;script&gt;alert\(&quot;x&amp;y&quot;\)&lt;/script&gt;' "$T/page.html"
	found 'Warning: linear heap growth detected' "$T/page.html"
	found 'class="fit"' "$T/page.html"
	found '<tr id="r-[0-9a-f]+" class="grows">.*\[heap\]' "$T/page.html"
	no_controls "$T/page.html"
	as_json "$T/page.html"
	# The report within the page is the report.
	sed -n '/^<script type="application.json"/,/^<.script>/p' "$T/page.html" | sed '1d;$d' | jq -S . >"$T/inner"
	jq -S 'del(.snapshot)' "$T/page.json" | diff - "$T/inner" || fail "not the same report"
}

# browse PAGE: loads it as a browser does; its DOM is in $T/dom, complaints in $T/console, what it fetched in $T/net.
# Requests of the browser itself go to its maker; no name resolves.
browse() {
	timeout -k 2 $((120 * PATIENCE)) "$BROWSER" --headless --no-sandbox --disable-gpu --no-first-run --disable-sync \
		--disable-background-networking --disable-component-update --user-data-dir="$T/browser" \
		--host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --v=0 --log-net-log="$T/net.json" \
		--dump-dom "file://$1" >"$T/dom" 2>"$T/browser.log" || fail "the browser failed: $(tail -n 5 "$T/browser.log")"
	grep -a CONSOLE "$T/browser.log" >"$T/console" || true
	grep -aoE '"url":"(https?|wss?|ftp):[^"]*"' "$T/net.json" |
		grep -vE '//[a-z0-9.-]+\.(google|googleapis|gstatic)\.com' | sort -u >"$T/net" || true
}

browser_loads() {
	need_json
	need_browser
	frozen_exports html json
	browse "$T/page.html"
	equal "complaints of the browser" "" "$(cat "$T/console")"
	equal "requests of the page" "" "$(cat "$T/net")"
	found '^<title>&lt;script&gt;|<title>.*leak' "$T/dom"
	as_json "$T/dom"
}

# The checks above see what they look for: a page that runs and fetches, without and with its policy.
browser_notices() {
	need_browser
	frozen_exports html
	sed 's,</main>,<img src="http://127.0.0.1:9/x.png"><script>nobody.knows()</script></main>,' "$T/page.html" >"$T/policy.html"
	sed 's,<meta http-equiv[^>]*>,,' "$T/policy.html" >"$T/bare.html"
	browse "$T/bare.html"
	found 'nobody is not defined' "$T/console"
	found '127.0.0.1:9/x.png' "$T/net"
	browse "$T/policy.html"
	found "violates the following Content Security Policy directive" "$T/console"
	absent 'nobody is not defined' "$T/console"
	equal "requests in spite of the policy" "" "$(cat "$T/net")"
}

check "a page has the figures of the .json of the same moment" figures
check "a browser loads a page without a complaint or a request" browser_loads
check "a page that ran or fetched something would be noticed" browser_notices
finish
