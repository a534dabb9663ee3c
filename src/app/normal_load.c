/* SPDX-License-Identifier: MIT */
#include "app/normal_load.h"

#include <errno.h>
#include <string.h>

#include "base/safe_text.h"
#include "source/csv.h"

/*
 * --normal FILE: what --analyze can read, read to its end before the watch begins.
 */

static int teach(struct normal *n, struct source *source, struct fault *fault)
{
	struct sample s;
	int err;

	do {
		err = source->ops->sample(source, 0, &s);
		if (!err)
			normal_teach(n, &s);
	} while (err == 0 || err == -EAGAIN);
	if (err == -ENODATA)
		return 0;
	csv_fault(source, fault);
	return err;
}

int normal_load(const char *path, struct normal *ret, struct fault *fault)
{
	struct source *source = NULL;
	char name[256];
	int err = csv_open(path, &source, fault);

	if (err)
		return err;
	normal_init(ret);
	err = teach(ret, source, fault);
	source->ops->free(source);
	if (err || normal_taught(ret) == 0)
		return err;
	safe_copy(name, sizeof(name), path, strlen(path), SAFE_UTF8);
	return fault_set(
	        fault, STATUS_USAGE,
	        "--normal: %s has too few rows to tell what is normal; record at least ten", name);
}
