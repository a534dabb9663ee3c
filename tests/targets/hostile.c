/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Names as a stranger may choose them: terminal controls, fake rows, quotes, bidi, broken UTF-8. */
static const char *const names[] = {
        "[heap]",
        " leading and trailing ",
        "x (deleted)",
        "new\nline",
        "literal\\012",
        "\033[31mred\033[0m\a\b\r",
        "\033]0;title\a",
        "c1 \23331m",
        "bad utf-8 \xff\xfe\xc3",
        "bidi \xe2\x80\xae gnp.exe",
        "=1+1,\"quoted\",'$(reboot)'",
        "00400000-00401000 r-xp 00000000 00:00 0 [stack]",
};

static void map_file(int fd)
{
	if (fd < 0 || ftruncate(fd, (off_t)MiB) != 0) {
		perror("hostile");
		exit(1);
	}
	fill(must(mmap(NULL, MiB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)), MiB);
	close(fd);
}

/* hostile DIR: maps files in DIR and memfds with hostile names; its own name is no better. */
int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	target_begin();
	int dir = open(argv[1], O_DIRECTORY | O_PATH);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		map_file(openat(dir, names[i], O_RDWR | O_CREAT, 0600));
		map_file(memfd_create(names[i], 0));
	}
	prctl(PR_SET_NAME, "e\033[31mv)\n( R) S");
	ready(getpid());
	for (;;) {
		touched(MiB);
		rest(1);
	}
}
