/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>

enum { BLOCKS = 4096, MAPPINGS = 48, FILES = 64, THREADS = 12, STEPS_A_TURN = 64 };

static unsigned random_state = 1;

static unsigned draw(unsigned below)
{
	random_state = random_state * 1103515245u + 12345u;
	return (random_state >> 8) % below;
}

/* Blocks of all sizes: a slot that is full is freed, an empty one is filled. */
static void turn_block(void **block)
{
	if (*block) {
		free(*block);
		*block = NULL;
	} else {
		*block = touched(16 + draw(draw(16) ? 512 : 65536));
	}
}

struct mapped {
	void *at;
	size_t size;
};

static void turn_mapping(struct mapped *m)
{
	if (m->at) {
		munmap(m->at, m->size);
		m->at = NULL;
	} else {
		m->size = (1 + draw(64)) * (size_t)16384;
		m->at = anonymous_touched(m->size);
	}
}

/* A pipe, an end of a socket pair, an unlinked file: descriptors of several kinds. */
static void turn_file(int *fd)
{
	int pair[2] = {-1, -1};

	if (*fd >= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	switch (draw(3)) {
	case 0:
		if (pipe(pair) == 0)
			close(pair[1]);
		break;
	case 1:
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
			close(pair[1]);
		break;
	default:
		pair[0] = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	}
	*fd = pair[0];
}

static void *work(void *arg)
{
	void *own = touched(100000);

	rest(*(const double *)arg);
	free(own);
	return NULL;
}

static void turn_thread(pthread_t *thread, double *lives)
{
	if (*lives > 0)
		pthread_join(*thread, NULL);
	*lives = 0.01 + draw(100) / 1000.0;
	if (pthread_create(thread, NULL, work, lives) != 0)
		*lives = 0;
}

/*
 * busy [SECONDS [REST_MS]]: blocks, mappings, descriptors and threads come and go, STEPS_A_TURN blocks and one of the
 * others a turn, with a rest behind it. It holds some 20 MB and never grows for good. It lives for SECONDS (600).
 */
int main(int argc, char **argv)
{
	static void *blocks[BLOCKS];
	static struct mapped mappings[MAPPINGS];
	static int files[FILES];
	static pthread_t threads[THREADS];
	static double lives[THREADS];
	double pause_s = argument(argc, argv, 2, 20) / 1000;

	target_begin();
	alarm((unsigned)argument(argc, argv, 1, 600));
	memset(files, 0xff, sizeof(files));
	for (unsigned i = 0; i < BLOCKS; i++)
		turn_block(&blocks[i]);
	ready(getpid());
	for (;;) {
		for (int i = 0; i < STEPS_A_TURN; i++)
			turn_block(&blocks[draw(BLOCKS)]);
		turn_mapping(&mappings[draw(MAPPINGS)]);
		turn_file(&files[draw(FILES)]);
		unsigned one = draw(THREADS);
		turn_thread(&threads[one], &lives[one]);
		rest(pause_s);
	}
}
