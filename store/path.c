/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/utf8.h"

#include <pkstore/object.h>

#include <string.h>

/* Why one part of a path is not good; NULL when it is. */
static const char *part_fault(const char *part, size_t size)
{
	if (size == 0)
		return "an empty part: slashes stand singly, between parts";
	if ((size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
		return "a part '.' or '..'";
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f)
			return "a control character";
	/* C1 controls, U+0080 to U+009F, are two bytes: C2 80 to C2 9F. */
	for (size_t i = 0; i + 1 < size; i++)
		if ((unsigned char)part[i] == 0xc2 && (unsigned char)part[i + 1] <= 0x9f)
			return "a control character";
	return NULL;
}

static const char *path_fault(const char *path, size_t size)
{
	const char *fault = NULL;

	if (size == 0)
		return "is empty";
	if (size > PKS_PATH_MAX)
		return "is longer than 500 bytes";
	if (!utf8_valid(path, size))
		return "is not UTF-8";
	if (path[0] == '/')
		return "begins with a slash";
	if (path[size - 1] == '/')
		return "ends with a slash";
	for (const char *part = path; !fault; part = strchr(part, '/') + 1) {
		fault = part_fault(part, strcspn(part, "/"));
		if (!strchr(part, '/'))
			break;
	}
	return fault;
}

_Static_assert(PKS_PATH_MAX == 500, "the message above names the limit");

int pks_path_check(const char *path)
{
	const char *fault;

	if (!path)
		return error_set(PKS_ERR_PATH, "a path is missing");
	fault = path_fault(path, strlen(path));
	if (!fault)
		return 0;
	if (strncmp(fault, "is ", 3) == 0 || strstr(fault, "s with"))
		return error_set(PKS_ERR_PATH, "path '%.100s' %s", path, fault);
	return error_set(PKS_ERR_PATH, "path '%.100s' has %s", path, fault);
}
