/* SPDX-License-Identifier: MIT */
/* An engine whose keys and values are texts. */
#ifndef TESTS_UNIT_ENGINE_TEXTS_H
#define TESTS_UNIT_ENGINE_TEXTS_H

#include "engine.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#define MIB ((uint64_t)1 << 20)

static inline struct engine *open_engine(const char *path, bool create, uint64_t map_size)
{
	struct engine_config config = {
	        .path = path, .durability = PKS_DURABILITY_FULL, .create = create, .map_size = map_size};
	struct engine *engine = NULL;

	return engine_open(&config, &engine) == 0 ? engine : NULL;
}

static inline struct engine *new_engine(const char *path, uint64_t map_size)
{
	struct engine *engine;

	cr_assert_eq(mkdir(path, 0700), 0);
	engine = open_engine(path, true, map_size);
	cr_assert_not_null(engine, "%s", pks_error_message());
	return engine;
}

static inline struct bytes text(const char *string)
{
	return (struct bytes){string, strlen(string)};
}

static inline bool is(struct bytes bytes, const char *expected)
{
	return bytes.size == strlen(expected) && memcmp(bytes.data, expected, bytes.size) == 0;
}

static inline struct engine_txn *begin(struct engine *engine, bool write)
{
	struct engine_txn *txn = NULL;

	cr_assert_eq(engine_begin(engine, write, &txn), 0, "%s", pks_error_message());
	return txn;
}

static inline void put(struct engine *engine, const char *key, const char *value)
{
	struct engine_txn *txn = begin(engine, true);

	cr_assert_eq(engine_put(txn, text(key), text(value), NULL), 0, "%s", pks_error_message());
	cr_assert_eq(engine_commit(txn), 0, "%s", pks_error_message());
}

#endif
