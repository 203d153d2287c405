/* SPDX-License-Identifier: MIT */
/* Places for a test's stores, and what it must not leave behind. */
#ifndef TESTS_LIB_SCRATCH_H
#define TESTS_LIB_SCRATCH_H

#include <stddef.h>

/*
 * A path of its own for the test, in $PKS_TEST_DIR or /dev/shm and named after the test: there is nothing at it yet. It
 * is removed, with all that is in it, when the process that asked for it exits. Never NULL; not to be freed.
 */
char *scratch_dir(const char *test_name);

/* A path in a scratch directory, or any other. Not to be freed; valid until the 16th call from then. */
char *scratch_path(const char *dir, const char *name);

/* Removes a file or a directory and what is in it; nothing when it is not there. */
void scratch_remove(const char *path);

/* Writes a file; aborts the test when it cannot. */
void scratch_write(const char *path, const void *data, size_t size);

/* How many descriptors the process has open. */
int scratch_descriptors(void);

/* Whether to run the long form of tests that have one: $PKS_LONG is 1. */
int scratch_long(void);

#endif
