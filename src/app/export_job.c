/* SPDX-License-Identifier: MIT */
#include "app/export_job.h"

/*
 * One thread per export, joined only once it said that it ended: a job may hang in the disk.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/modes.h"
#include "base/await.h"
#include "base/safe_text.h"
#include "report/export.h"

struct export_job {
	struct moment *moment;
	char *path, *screen;
	struct fault fault;
	int error, fd;
	pthread_t thread;
};

static void job_free(struct export_job *j)
{
	moment_unref(j->moment);
	free(j->path);
	free(j->screen);
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

static void *job_main(void *arg)
{
	struct export_job *j = arg;

	j->error = export_write(j->moment, j->path, version_text(), j->screen, &j->fault);
	/* Whoever reads it joins us. */
	await_ring(j->fd);
	return NULL;
}

struct export_job *export_job_start(struct moment *m, const char *path, const char *screen)
{
	struct export_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->moment = moment_ref(m);
	j->path = strdup(path);
	j->screen = strdup(screen ? screen : "");
	j->fd = eventfd(0, EFD_CLOEXEC);
	if (!j->path || !j->screen || j->fd < 0 || pthread_create(&j->thread, NULL, job_main, j)) {
		job_free(j);
		return NULL;
	}
	return j;
}

int export_job_fd(const struct export_job *j)
{
	return j->fd;
}

void export_job_finish(struct export_job *j, char *out, size_t size, bool *ret_failed)
{
	char safe[256];

	pthread_join(j->thread, NULL);
	safe_copy(safe, sizeof(safe), j->path, strlen(j->path), SAFE_UTF8);
	if (j->error)
		snprintf(out, size, "%s", j->fault.text[0] ? j->fault.text : "the export failed");
	else
		snprintf(out, size, "wrote %s", safe);
	*ret_failed = j->error != 0;
	job_free(j);
}
