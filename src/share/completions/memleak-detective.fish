# SPDX-License-Identifier: MIT
# Completions of memleak-detective for fish. The part between the marks is written by `make docs` from --help.

complete -c memleak-detective -f
complete -c memleak-detective -n "not contains -- -- (commandline -opc)" -a "(__fish_complete_pids)"
complete -c memleak-detective -n "contains -- -- (commandline -opc)" -xa "(__fish_complete_subcommand)"
# options:begin
complete -c memleak-detective -s p -l pid -x -a "(__fish_complete_pids)" -d 'the process to watch (also without the option\'s name)'
complete -c memleak-detective -s i -l interval -x -d 'between samples: 5, 0.5, 500ms, 2m'
complete -c memleak-detective -s d -l duration -x -d 'stop after this time'
complete -c memleak-detective -s b -l batch -d 'the table even on a terminal'
complete -c memleak-detective -l columns -x -a "(__fish_append , time date rss vsz heap anon swap shmem file pss private shared threads fds delta rate confidence all)" -d 'columns of the table: time date rss vsz heap anon swap shmem file pss private shared threads fds delta rate confidence, or all'
complete -c memleak-detective -l csv -r -F -d 'every sample as CSV'
complete -c memleak-detective -l json -d 'the final report as one JSON object on stdout'
complete -c memleak-detective -l report -d 'the closing report (the default)'
complete -c memleak-detective -l no-report -d 'no closing report'
complete -c memleak-detective -l exit-code -d 'exit 1 when the verdict is leak or a threshold was crossed'
complete -c memleak-detective -l max-rss -x -d 'warn when RSS is above this'
complete -c memleak-detective -l max-heap -x -d 'warn when [heap] is above this'
complete -c memleak-detective -l max-anon -x -d 'warn when anonymous memory is above this'
complete -c memleak-detective -l max-maps -x -d 'warn when there are more mappings than this'
complete -c memleak-detective -l max-growth -x -d 'warn when memory grows faster, e.g. 10M/h'
complete -c memleak-detective -l normal -r -F -d 'warn when memory departs from the course in FILE, which --analyze can read'
complete -c memleak-detective -l analyze -r -F -d 'the verdict on a recording, a CSV or a log, without a screen'
complete -c memleak-detective -l top -d 'the N (10) processes most likely to leak after --duration'
complete -c memleak-detective -l record -r -F -d 'write all of the watch into FILE, or behind what an earlier one wrote there'
complete -c memleak-detective -l record-limit -x -d 'the most that FILE may take, the oldest is thinned first'
complete -c memleak-detective -l replay -r -F -d 'the dashboard over a recording, also while it is written'
complete -c memleak-detective -l diff -r -F -d 'what changed between two moments: recordings (their newest moment), or what e exported as .json or .csv'
complete -c memleak-detective -l follow -x -a "(cat /proc/*/comm 2>/dev/null | sort -u)" -d 'watch whatever process has this name (of its program, or of a systemd unit that ends in .service), across restarts, waiting while there is none'
complete -c memleak-detective -l procfs -x -a "(__fish_complete_directories)" -d 'another /proc: of a container, of a test'
complete -c memleak-detective -l max-stall -x -d 'the longest planned stall of the target by one system call'
complete -c memleak-detective -l heap -d 'look inside the heap while watching: block sizes that grow, memory that malloc keeps, blocks that nobody points to'
complete -c memleak-detective -l sites -x -d 'trace for this time which code allocates what is not freed again: the price is told first'
complete -c memleak-detective -l max-slowdown -x -d 'what that may cost the target, over the whole time'
complete -c memleak-detective -l kill -d 'end the started COMMAND with the watch'
complete -c memleak-detective -l ascii -d 'draw with ASCII only'
complete -c memleak-detective -l color -x -a "auto always never" -d 'auto, always or never'
complete -c memleak-detective -l theme -x -a "dark light mono" -d 'dark, light or mono'
complete -c memleak-detective -l demo -a "leak slow-leak mmap-leak cache sawtooth step retention" -d 'start a bundled target and watch it: leak slow-leak mmap-leak cache sawtooth step retention'
complete -c memleak-detective -l keys -d 'the keys of the dashboard'
complete -c memleak-detective -s h -l help -d 'this text'
complete -c memleak-detective -s V -l version -d 'the version and the optional parts built in'
# options:end
