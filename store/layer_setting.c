/* SPDX-License-Identifier: MIT */
/* Settings: what a layer keeps for the store as a whole. */
#include "layer.h"

#include "base/error.h"
#include "keys.h"
#include "txn.h"
#include "view.h"

static int setting_key(struct pks_store *store, const char *name, struct key *key_out)
{
	size_t size = strlen(name);
	int r = store_check(store);

	if (r < 0)
		return r;
	if (size == 0 || size > PKS_KEY_MAX)
		return error_set(PKS_ERR_LIMIT, "%s: a setting's name of %zu bytes", store->path, size);
	key_room(key_out, ROOM_META, name, size);
	return 0;
}

int layer_setting_get(struct pks_store *store, const char *name, struct pks_value *value_out)
{
	struct scope scope = {0};
	struct bytes bytes;
	struct key key;
	int r = setting_key(store, name, &key);

	if (r == 0)
		r = scope_begin(&scope, store, READ);
	if (r != 0)
		return r;
	r = engine_get(scope.txn->engine, key_bytes(&key), &bytes);
	if (r == 0)
		r = scope_lend(&scope, bytes, value_out);
	return scope_end(&scope, r);
}

/* NULL: away with it. */
static int put(struct txn *txn, const struct key *key, const struct pks_value *value)
{
	return value ? txn_put(txn, key, (struct bytes){value->data, value->size}) : txn_del(txn, key);
}

static int set(struct pks_store *store, const char *name, const struct pks_value *value)
{
	struct scope scope = {0};
	struct key key;
	int r = setting_key(store, name, &key);

	if (r < 0)
		return r;
	do {
		r = scope_begin(&scope, store, WRITE);
		if (r == 0)
			r = scope_end(&scope, put(scope.txn, &key, value));
	} while (scope_again(&scope, r));
	return r;
}

int layer_setting_set(struct pks_store *store, const char *name, const struct pks_value *value)
{
	return set(store, name, value);
}

int layer_setting_del(struct pks_store *store, const char *name)
{
	return set(store, name, NULL);
}

int layer_setting_each(struct pks_store *store, const char *prefix,
                       int (*each)(const char *name, size_t size, void *arg), void *arg)
{
	struct bytes found, value;
	struct key key;
	struct view view;
	int r = view_open(&view, store);

	if (r < 0)
		return r;
	key_room(&key, ROOM_META, prefix, strlen(prefix));
	r = engine_seek(view.cursor, key_bytes(&key), &found, &value);
	while (r == 0 && key_begins(found, key_bytes(&key))) {
		r = each((const char *)found.data + 1, found.size - 1, arg);
		if (r != 0)
			break;
		r = engine_next(view.cursor, &found, &value);
	}
	view_close(&view);
	return r == PKS_NOT_FOUND ? 0 : r;
}
