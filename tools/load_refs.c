/* SPDX-License-Identifier: MIT */
#include "load_refs.h"

#include "fail.h"

#include <stdlib.h>
#include <string.h>

void load_paths_add(struct load_paths *paths, const char *path)
{
	if (paths->count == paths->capacity) {
		paths->capacity = paths->capacity ? paths->capacity * 2 : 64;
		paths->paths = fail_no_memory(realloc(paths->paths, paths->capacity * sizeof(*paths->paths)));
	}
	paths->paths[paths->count++] = fail_no_memory(strdup(path));
}

static int load_paths_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *load_paths_sort(struct load_paths *paths)
{
	if (paths->count)
		qsort(paths->paths, paths->count, sizeof(*paths->paths), load_paths_compare);
	for (size_t i = 1; i < paths->count; i++)
		if (!strcmp(paths->paths[i - 1], paths->paths[i]))
			return paths->paths[i];
	return NULL;
}

bool load_paths_has(const struct load_paths *paths, const char *path)
{
	return paths->count &&
	       bsearch(&path, paths->paths, paths->count, sizeof(*paths->paths), load_paths_compare) != NULL;
}

void load_paths_release(struct load_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->paths[i]);
	free(paths->paths);
	*paths = (struct load_paths){0};
}

static char *refs_skip_blanks(char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	return at;
}

/* From an opening quote to behind the closing one; to the end when there is none. */
static char *refs_skip_string(char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : at;
}

/* Behind the string that began at `string`: where a reference's path begins, or NULL when it is none. */
static char *refs_path(const char *string, char *behind, const char *end)
{
	static const char name[] = "\"$ref\"";

	if ((size_t)(behind - string) != sizeof(name) - 1 || memcmp(string, name, sizeof(name) - 1))
		return NULL;
	behind = refs_skip_blanks(behind, end);
	if (behind == end || *behind != ':')
		return NULL;
	behind = refs_skip_blanks(behind + 1, end);
	return behind < end && *behind == '"' ? behind : NULL;
}

char *load_ref_next(char *at, const char *end, size_t *size_out)
{
	while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
		char *behind = refs_skip_string(at, end);
		char *path = refs_path(at, behind, end);

		if (path) {
			*size_out = (size_t)(refs_skip_string(path, end) - path);
			return path;
		}
		at = behind;
	}
	return NULL;
}
