/* SPDX-License-Identifier: MIT */
#include "app/normal_load.h"

#include <errno.h>
#include <string.h>

#include "app/input.h"
#include "base/safe_text.h"

/*
 * --normal FILE: what --analyze can read, read to its end before the watch begins.
 */

static int teach(struct normal *n, const struct input *in, struct fault *fault)
{
	struct source *source = in->source;
	struct sample s;
	int err;

	do {
		err = source->ops->sample(source, 0, &s);
		if (!err)
			normal_teach(n, &s);
	} while (err == 0 || err == -EAGAIN);
	if (err == -ENODATA)
		return 0;
	input_fault(in, err, fault);
	return err;
}

int normal_load(const char *path, struct normal *ret, struct fault *fault)
{
	struct input in;
	char name[256];
	int err = input_open(&in, path, false, fault);

	if (!err) {
		normal_init(ret);
		err = teach(ret, &in, fault);
	}
	input_close(&in);
	if (err || normal_taught(ret) == 0)
		return err;
	safe_copy(name, sizeof(name), path, strlen(path), SAFE_UTF8);
	return fault_set(
	        fault, STATUS_USAGE,
	        "--normal: %s has too few rows to tell what is normal; record at least ten", name);
}
