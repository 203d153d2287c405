/* SPDX-License-Identifier: MIT */
#include "base/cbor.h"
#include "keys.h"
#include "store.h"

#include "base/error.h"

#include <string.h>

/* The catalog keeps the count; there is none before the first object. */
static int count_objects(struct engine_txn *txn, uint64_t *count_out)
{
	static const char name[] = "objects";
	struct bytes record;
	struct item item;
	struct key key;
	int r;

	key_room(&key, ROOM_META, name, strlen(name));
	r = engine_get(txn, key_bytes(&key), &record);
	if (r != 0) {
		*count_out = 0;
		return r < 0 ? r : 0;
	}
	r = item_read(record.data, (const uint8_t *)record.data + record.size, &item);
	if (r != 0 || item.type != ITEM_UINT)
		return error_set(PKS_ERR_CORRUPT, "the store's count of objects is damaged");
	*count_out = item.number;
	return 0;
}

static int stat_objects(struct pks_store *store, struct pks_store_stat *stat)
{
	struct engine_txn *txn;
	int r = engine_begin(store->engine, false, &txn);

	if (r != 0)
		return r;
	r = count_objects(txn, &stat->objects);
	engine_abort(txn);
	return r;
}

int pks_store_stat(struct pks_store *store, struct pks_store_stat *stat_out)
{
	struct pks_store_stat stat = {0};
	int64_t writer;
	int r = store_check(store);

	if (r == 0)
		r = engine_stat(store->engine, &stat);
	if (r == 0)
		r = stat_objects(store, &stat);
	if (r != 0)
		return r;
	for (size_t i = 0; i < stat.reader_count; i++)
		if (stat.readers[i].age > 0)
			stat.readers[i].age_ns = wake_commit_age(store->wake, stat.last_commit - stat.readers[i].age);
	strcpy(stat.uuid, store->uuid);
	stat.durability = store->durability;
	stat.format = store->format;
	writer = wake_writer(store->wake, &stat.writer_since_ns);
	if (writer != 0) /* else what the engine found: nobody, or one that did not come through the gate */
		stat.writer_pid = writer;
	*stat_out = stat;
	return 0;
}
