/* SPDX-License-Identifier: MIT */
/* Knows how a text grows in a buffer that does not; refuses to know where a sentence may be cut. */
#include "base/text_add.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_add(char *out, size_t size, const char *format, ...)
{
	size_t used = strlen(out);
	va_list args;

	va_start(args, format);
	if (used < size)
		vsnprintf(out + used, size - used, format, args);
	va_end(args);
}
