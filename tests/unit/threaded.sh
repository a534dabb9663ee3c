#!/bin/sh
# SPDX-License-Identifier: MIT
# threaded.sh PROGRAM...: the names of the programs that can start a thread. In the others there is
# nothing for ThreadSanitizer to find, and it takes ten times as long.
for program; do
	nm -D -u "$program" | grep -q ' pthread_create' && echo "${program##*/}"
done
true
