/* SPDX-License-Identifier: MIT */
/* The engine on LMDB: cursors, and what needs one. A struct engine_cursor is LMDB's own cursor by another name. */
#include "engine_lmdb.h"

#include <string.h>

static MDB_cursor *cursor_of(struct engine_cursor *cursor)
{
	return (MDB_cursor *)cursor;
}

static struct engine *cursor_engine(struct engine_cursor *cursor)
{
	return mdb_env_get_userctx(mdb_txn_env(mdb_cursor_txn(cursor_of(cursor))));
}

int engine_cursor_open(struct engine_txn *txn, struct engine_cursor **cursor_out)
{
	MDB_cursor *cursor;
	int r = mdb_cursor_open(txn->txn, txn->engine->dbi, &cursor);

	if (r != 0)
		return engine_result(txn->engine, r);
	*cursor_out = (struct engine_cursor *)cursor;
	return 0;
}

void engine_cursor_close(struct engine_cursor *cursor)
{
	if (cursor)
		mdb_cursor_close(cursor_of(cursor));
}

/* LMDB's code. */
static int cursor_move(struct engine_cursor *cursor, MDB_cursor_op op, struct bytes at, struct bytes *key_out,
                       struct bytes *value_out)
{
	union {
		const void *constant;
		void *plain;
	} data = {at.data};
	MDB_val k = {at.size, data.plain}, v;
	int r = mdb_cursor_get(cursor_of(cursor), &k, &v, op);

	if (r != 0)
		return r;
	*key_out = (struct bytes){k.mv_data, k.mv_size};
	*value_out = (struct bytes){v.mv_data, v.mv_size};
	return 0;
}

static int cursor_result(struct engine_cursor *cursor, int code)
{
	return code == 0 ? 0 : engine_result(cursor_engine(cursor), code);
}

int engine_seek(struct engine_cursor *cursor, struct bytes key, struct bytes *key_out, struct bytes *value_out)
{
	return cursor_result(cursor, cursor_move(cursor, MDB_SET_RANGE, key, key_out, value_out));
}

int engine_seek_before(struct engine_cursor *cursor, struct bytes key, struct bytes *key_out, struct bytes *value_out)
{
	struct bytes at_key, at_value;
	int r = cursor_move(cursor, MDB_SET_RANGE, key, &at_key, &at_value);

	if (r == 0 || r == MDB_NOTFOUND)
		r = cursor_move(cursor, r == 0 ? MDB_PREV : MDB_LAST, (struct bytes){0}, key_out, value_out);
	return cursor_result(cursor, r);
}

int engine_next(struct engine_cursor *cursor, struct bytes *key_out, struct bytes *value_out)
{
	return cursor_result(cursor, cursor_move(cursor, MDB_NEXT, (struct bytes){0}, key_out, value_out));
}

int engine_prev(struct engine_cursor *cursor, struct bytes *key_out, struct bytes *value_out)
{
	return cursor_result(cursor, cursor_move(cursor, MDB_PREV, (struct bytes){0}, key_out, value_out));
}

static bool bytes_before(struct bytes a, struct bytes b)
{
	int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

	return order < 0 || (order == 0 && a.size < b.size);
}

/* LMDB's code; MDB_NOTFOUND at the end. */
static int cursor_delete_range(struct engine_cursor *cursor, struct bytes from, struct bytes to,
                               struct engine_removed *removed)
{
	struct bytes key, value;
	int r = cursor_move(cursor, MDB_SET_RANGE, from, &key, &value);

	while (r == 0 && bytes_before(key, to)) {
		removed->records++;
		removed->bytes += key.size + value.size;
		r = mdb_cursor_del(cursor_of(cursor), 0);
		if (r != 0)
			return r;
		/* After a deletion this is the one that has moved into the place, not the one behind it. */
		r = cursor_move(cursor, MDB_NEXT, (struct bytes){0}, &key, &value);
	}
	return r;
}

int engine_del_range(struct engine_txn *txn, struct bytes from, struct bytes to, struct engine_removed *removed_out)
{
	struct engine_removed removed = {0};
	struct engine_cursor *cursor = NULL;
	int r = engine_cursor_open(txn, &cursor);

	if (r != 0)
		return r;
	r = cursor_delete_range(cursor, from, to, &removed);
	engine_cursor_close(cursor);
	if (r != 0 && r != MDB_NOTFOUND)
		return engine_result(txn->engine, r);
	if (removed_out)
		*removed_out = removed;
	return 0;
}
