# SPDX-License-Identifier: MIT
# Completions of memleak-detective for bash. The part between the marks is written by `make docs` from --help.

# options:begin
_memleak_detective_kind() {
	case $1 in
	-p | --pid) kind=pid ;;
	-i | --interval) kind=any ;;
	-d | --duration) kind=any ;;
	--columns) kind=list words='time date rss vsz heap anon swap shmem file pss private shared threads fds delta rate confidence all' ;;
	--csv) kind=file ;;
	--max-rss) kind=any ;;
	--max-heap) kind=any ;;
	--max-anon) kind=any ;;
	--max-maps) kind=any ;;
	--max-growth) kind=any ;;
	--normal) kind=file ;;
	--analyze) kind=file ;;
	--record) kind=file ;;
	--record-limit) kind=any ;;
	--openmetrics) kind=file ;;
	--replay) kind=file ;;
	--diff) kind=file ;;
	--follow) kind=process ;;
	--procfs) kind=directory ;;
	--max-stall) kind=any ;;
	--sites) kind=any ;;
	--max-slowdown) kind=any ;;
	--color) kind=words words='auto always never' ;;
	--theme) kind=words words='dark light mono' ;;
	--demo) kind=words words='leak slow-leak mmap-leak cache sawtooth step retention' may_be_left_out=1 ;;
	esac
}
_memleak_detective_options="-p --pid -i --interval -d --duration -b --batch --columns --csv --json --report --no-report --exit-code --max-rss --max-heap --max-anon --max-maps --max-growth --normal --analyze --top --record --record-limit --openmetrics --replay --diff --follow --procfs --max-stall --heap --sites --no-sites --max-slowdown --kill --ascii --color --theme --demo --keys -h --help -V --version --"
# options:end

_memleak_detective_pids() {
	local pid
	for pid in /proc/[0-9]*; do
		[[ ${pid#/proc/} != "$1"* ]] || COMPREPLY+=("${pid#/proc/}")
	done
}

# Names of processes come from strangers. compgen expands its words, so only harmless names may reach it.
_memleak_detective_processes() {
	cat /proc/[0-9]*/comm 2>/dev/null | LC_ALL=C grep -x '[A-Za-z0-9._:@+-]*' | sort -u
}

_memleak_detective() {
	local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} kind= words= may_be_left_out= i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -- ]] || continue
		compopt -o filenames
		if ((i == COMP_CWORD - 1)); then
			mapfile -t COMPREPLY < <(compgen -A command -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		return
	done
	# "--color=au" comes as three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $option == = ]]; then
		option=${COMP_WORDS[COMP_CWORD-2]}
	fi
	_memleak_detective_kind "$option"
	if [[ -n $may_be_left_out && $cur == -* ]]; then
		kind=
	fi
	case $kind in
	any) ;;
	file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	directory)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	pid) _memleak_detective_pids "$cur" ;;
	process) mapfile -t COMPREPLY < <(compgen -W "$(_memleak_detective_processes)" -- "$cur") ;;
	words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
	list)
		compopt -o nospace
		i=${cur%"${cur##*,}"}
		mapfile -t COMPREPLY < <(compgen -P "$i" -W "$words" -- "${cur##*,}")
		;;
	*)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$_memleak_detective_options" -- "$cur")
		elif [[ " ${COMP_WORDS[*]} " == *' --diff '* ]]; then
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		else
			_memleak_detective_pids "$cur"
		fi
		;;
	esac
}
complete -F _memleak_detective memleak-detective
