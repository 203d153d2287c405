/* SPDX-License-Identifier: MIT */
/* What the input of `pkstore load` has, and what it refers to: looked at before anything is created. */
#ifndef TOOLS_LOAD_REFS_H
#define TOOLS_LOAD_REFS_H

#include <stdbool.h>
#include <stddef.h>

/* The paths of all objects in the input. All zero is none. */
struct load_paths {
	char **paths;
	size_t count, capacity;
};

void load_paths_add(struct load_paths *paths, const char *path);
/* Once, when all were added. Returns a path that was added twice, or NULL. */
const char *load_paths_sort(struct load_paths *paths);
/* When they were sorted. */
bool load_paths_has(const struct load_paths *paths, const char *path);
void load_paths_release(struct load_paths *paths);

/*
 * Finds the next {"$ref": "path"} in JSON text, from `at`, which stands inside no string, to `end`. Returns where the
 * path's opening quote stands, and *size_out: from there behind its closing quote; NULL when there is none.
 */
char *load_ref_next(char *at, const char *end, size_t *size_out);

#endif
