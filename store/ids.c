/* SPDX-License-Identifier: MIT */
#include "ids.h"

#include "base/error.h"
#include "base/cbor.h"
#include "keys.h"

int ids_number_get(struct txn *txn, const char *name, uint64_t missing, uint64_t *number_out)
{
	struct bytes record;
	struct item item;
	struct key key;
	int r;

	key_room(&key, ROOM_META, name, strlen(name));
	r = engine_get(txn->engine, key_bytes(&key), &record);
	if (r < 0)
		return r;
	if (r == PKS_NOT_FOUND) {
		*number_out = missing;
		return 0;
	}
	if (item_read(record.data, (const uint8_t *)record.data + record.size, &item) < 0 || item.type != ITEM_UINT)
		return error_set(PKS_ERR_CORRUPT, "%s: the store's counter '%s' is damaged", txn->store->path, name);
	*number_out = item.number;
	return 0;
}

static int load(struct txn *txn)
{
	int r;

	if (txn->ids_loaded)
		return 0;
	r = ids_number_get(txn, "next-id", 1, &txn->next_id);
	if (r == 0)
		r = ids_number_get(txn, "objects", 0, &txn->objects);
	txn->ids_loaded = r == 0;
	return r;
}

int ids_take(struct txn *txn, uint64_t *id_out)
{
	int r = load(txn);

	if (r < 0)
		return r;
	*id_out = txn->next_id++;
	txn->ids_dirty = true;
	return 0;
}

int ids_count(struct txn *txn, int by)
{
	int r = load(txn);

	if (r < 0)
		return r;
	txn->objects += (uint64_t)by;
	txn->ids_dirty = true;
	return 0;
}

int ids_number_put(struct txn *txn, const char *name, uint64_t number)
{
	struct key key;

	buffer_clear(&txn->scratch);
	item_put_uint(&txn->scratch, number);
	if (txn->scratch.failed)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	key_room(&key, ROOM_META, name, strlen(name));
	return txn_put(txn, &key, (struct bytes){txn->scratch.data, txn->scratch.size});
}

int ids_flush(struct txn *txn)
{
	int r;

	if (!txn->ids_dirty)
		return 0;
	r = ids_number_put(txn, "next-id", txn->next_id);
	return r < 0 ? r : ids_number_put(txn, "objects", txn->objects);
}
