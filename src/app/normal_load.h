/* SPDX-License-Identifier: MIT */
#ifndef APP_NORMAL_LOAD_H
#define APP_NORMAL_LOAD_H

/* What is normal, from a file. */

#include "base/fault.h"
#include "model/normal.h"

/* Learns from a recording, a CSV or a log. 0, or -errno with a fault that names the file and the remedy. */
int normal_load(const char *path, struct normal *ret, struct fault *fault);

#endif
