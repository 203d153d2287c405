/* SPDX-License-Identifier: MIT */
/* The store of a target that needs one: in memory, and gone when the target ends. */
#ifndef TESTS_FUZZ_STORE_H
#define TESTS_FUZZ_STORE_H

#include <pkstore/pkstore.h>

#include <stdio.h>
#include <stdlib.h>

static struct pks_store *store;

static void remove_store(void)
{
	char command[PKS_STORE_PATH_SIZE + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", pks_store_path(store));
	if (system(command) != 0)
		abort();
}

static void make_store(void)
{
	struct pks_store_options options = {.map_size = UINT64_C(1) << 30, .durability = PKS_DURABILITY_NONE};
	char path[] = "/dev/shm/pkstore-fuzz-XXXXXX";

	if (!mkdtemp(path) || !(store = pks_store_open(path, &options)))
		abort();
	atexit(remove_store);
}

#endif
