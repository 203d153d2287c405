/* SPDX-License-Identifier: MIT */
/* A repair, killed at each of its points: see points.h. The next one finds what is left to do. */
#include "points.h"

#include "engine.h"
#include "keys.h"
#include "state.h"
#include "store.h"

#include <string.h>

#define OBJECTS 5
#define ITEMS 3

static const char *path_of(int i)
{
	static char path[32];

	snprintf(path, sizeof(path), "a/dict-%d", i);
	return path;
}

/* The process that is killed finds the damage, and must not begin by opening what is damaged. */
static void open_nothing(struct pks_store *store)
{
	(void)store;
}

static void make_objects(void)
{
	for (int i = 0; i < OBJECTS; i++) {
		struct pks_object *dict = pks_dict_open(points_store, path_of(i), PKS_OPEN_OR_CREATE);
		char key[16];

		for (int item = 0; item < ITEMS; item++) {
			snprintf(key, sizeof(key), "%d", item);
			cr_assert_geq(pks_dict_setdefault(dict, key, &(struct pks_value){"\1", 1, NULL}, NULL), 0, "%s",
			              pks_error_message());
		}
		pks_object_close(dict);
	}
	cr_assert_eq(pks_namespace_set_limit(points_store, "a", 100, 100000), 0, "%s", pks_error_message());
}

/* ---- a careless program ---- */

static void put(struct engine_txn *txn, const struct key *key, const void *value, size_t size)
{
	cr_assert_eq(engine_put(txn, key_bytes(key), (struct bytes){value, size}, NULL), 0);
}

/* Counts too much. */
static void damage_header(struct engine_txn *txn, uint64_t id)
{
	struct buffer record = {0};
	struct state state = {0};
	struct bytes value;
	struct key key;

	key_part(&key, id, PART_HEADER);
	cr_assert_eq(engine_get(txn, key_bytes(&key), &value), 0);
	cr_assert_eq(state_decode(value, &state), 0);
	state.count += 7;
	state.bytes += 7;
	state_encode(&state, &record);
	put(txn, &key, record.data, record.size);
	buffer_release(&record);
}

static void damage_catalog(struct engine_txn *txn, const char *path)
{
	struct key key;

	key_room(&key, ROOM_CATALOG, path, strlen(path));
	cr_assert_eq(engine_del(txn, key_bytes(&key), NULL), 0);
}

/* Several objects, and what is counted over the whole store: each is repaired in a transaction of its own. */
static void damage(int number)
{
	struct engine_txn *txn;
	uint64_t ids[OBJECTS];
	struct key key;

	if (number == 1)
		make_objects();
	for (int i = 0; i < OBJECTS; i++) {
		struct pks_object *object = pks_object_open(points_store, path_of(i));

		cr_assert_not_null(object, "%s", pks_error_message());
		ids[i] = pks_object_id(object);
		pks_object_close(object);
	}
	cr_assert_eq(engine_begin(points_store->engine, true, &txn), 0);
	damage_header(txn, ids[0]);
	damage_header(txn, ids[1]);
	damage_catalog(txn, path_of(2));
	key_part(&key, ids[3], PART_HEADER);
	cr_assert_eq(engine_del(txn, key_bytes(&key), NULL), 0);
	key_room(&key, ROOM_META, "objects", strlen("objects"));
	put(txn, &key, "\x17", 1);
	key_room(&key, ROOM_META, "next-id", strlen("next-id"));
	put(txn, &key, "\1", 1);
	cr_assert_eq(engine_commit(txn), 0);
}

/* ---- the repair ---- */

static int repair(int number)
{
	(void)number;
	return pks_check(points_store, &(struct pks_check_options){.repair = true}, NULL, NULL, NULL);
}

static void check_repaired(int number, bool told)
{
	struct pks_check_result result;

	cr_assert_geq(pks_check(points_store, NULL, NULL, NULL, &result), 0, "%s", pks_error_message());
	cr_assert(result.wrong == 0 || !told, "%d are wrong", (int)result.wrong);
	cr_assert_eq(repair(number), 0, "%s", pks_error_message());
	points_went_on();
	for (int i = 0; i < OBJECTS; i++) {
		struct pks_object *dict = pks_dict_open(points_store, path_of(i), PKS_MUST_EXIST);
		uint64_t count = 0;

		cr_assert_eq(pks_dict_count(dict, &count), 0, "%s", pks_error_message());
		cr_assert_eq(count, ITEMS);
		pks_object_close(dict);
	}
}

Test(points_check, repair)
{
	points_run(&(struct operation){"check_repair", .open = open_nothing, .prepare = damage, .act = repair,
	                               .check = check_repaired});
}
