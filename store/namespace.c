/* SPDX-License-Identifier: MIT */
/* Namespaces as a whole: what is in them, and their limits. */
#include "namespace.h"

#include "base/error.h"

#include <pkstore/namespace.h>

#include <stdio.h>

int namespace_check(struct pks_store *store, const char *path, struct quota_path *namespace_out)
{
	int r = store_check(store);

	if (r == 0 && path && *path)
		r = pks_path_check(path);
	if (r == 0)
		*namespace_out = namespace_path(path ? path : "");
	return r;
}

void namespace_prefix(struct key *key, struct quota_path namespace)
{
	key_room(key, ROOM_CATALOG, namespace.text, namespace.size);
	if (namespace.size)
		key->data[key->size++] = '/';
}

int namespace_next(struct txn *txn, struct quota_path namespace, struct key *from, struct key *key_out,
                   uint64_t *id_out)
{
	struct engine_cursor *cursor;
	struct bytes found, value;
	struct key prefix;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	namespace_prefix(&prefix, namespace);
	r = engine_seek(cursor, key_bytes(from), &found, &value);
	engine_cursor_close(cursor);
	if (r == 0 && !key_begins(found, key_bytes(&prefix)))
		r = PKS_NOT_FOUND;
	if (r == 0 && (found.size > 1 + PKS_PATH_MAX || value.size != sizeof(*id_out)))
		r = error_set(PKS_ERR_CORRUPT, "%s: an entry of the catalog is damaged", txn->store->path);
	if (r != 0)
		return r;
	key_take(key_out, found);
	key_out->data[found.size] = 0;
	*from = *key_out;
	from->size++;
	*id_out = key_get_u64(value.data);
	return 0;
}

static int limit_from(struct txn *txn, struct quota_path namespace, struct quota_path from,
                      char path_out[PKS_PATH_MAX + 1], struct quota *quota_out)
{
	char path[PKS_PATH_MAX + 1];
	struct quota quota;
	int r = quota_next(txn, from, path, &quota);

	if (r == 0 && namespace.size &&
	    (strncmp(path, namespace.text, namespace.size) != 0 || path[namespace.size] != '/'))
		r = PKS_NOT_FOUND;
	if (r != 0)
		return r;
	strcpy(path_out, path);
	*quota_out = quota;
	return 0;
}

/* `a-b` sorts between `a` and `a/b`, so the first one in the namespace is sought by itself. */
static int limit_inside(struct txn *txn, struct quota_path namespace, char path_out[PKS_PATH_MAX + 1],
                        struct quota *quota_out)
{
	struct key prefix;

	namespace_prefix(&prefix, namespace);
	if (namespace.size == 0)
		prefix.data[prefix.size++] = 0; /* behind the top itself */
	return limit_from(txn, namespace, (struct quota_path){(const char *)prefix.data + 1, prefix.size - 1}, path_out,
	                  quota_out);
}

int namespace_limit(struct txn *txn, struct quota_path namespace, char path_out[PKS_PATH_MAX + 1],
                    struct quota *quota_out)
{
	int r = quota_find(txn, namespace, quota_out);

	if (r == PKS_NOT_FOUND)
		return limit_inside(txn, namespace, path_out, quota_out);
	if (r == 0)
		snprintf(path_out, PKS_PATH_MAX + 1, "%.*s", (int)namespace.size, namespace.text);
	return r;
}

int namespace_limit_next(struct txn *txn, struct quota_path namespace, char path[PKS_PATH_MAX + 1],
                         struct quota *quota_out)
{
	struct quota_path behind = namespace_path(path);

	if (behind.size == namespace.size)
		return limit_inside(txn, namespace, path, quota_out);
	behind.size++; /* with its NUL */
	return limit_from(txn, namespace, behind, path, quota_out);
}

/* ---- what there is ---- */

/* As the transaction sees it. */
static int measure(struct txn *txn, struct quota_path namespace, struct quota *quota_out)
{
	struct quota quota = {0};
	struct quota_size delta;
	int r = quota_find(txn, namespace, &quota);

	if (r == PKS_NOT_FOUND) {
		r = quota_count(txn, namespace, &quota.used);
	} else if (r == 0) {
		delta = quota_delta(txn, namespace);
		quota.used.objects += delta.objects;
		quota.used.bytes += delta.bytes;
	}
	if (r == 0)
		*quota_out = quota;
	return r;
}

static void fill(struct pks_namespace_info *info_out, struct quota_path namespace, const struct quota *quota)
{
	memcpy(info_out->path, namespace.text, namespace.size);
	info_out->path[namespace.size] = 0;
	info_out->objects = (uint64_t)quota->used.objects;
	info_out->bytes = (uint64_t)quota->used.bytes;
	info_out->limit_objects = quota->limit_objects;
	info_out->limit_bytes = quota->limit_bytes;
}

int pks_namespace_info(struct pks_store *store, const char *path, struct pks_namespace_info *info_out)
{
	struct scope scope = {0};
	struct quota_path namespace;
	struct quota quota;
	int r = namespace_check(store, path, &namespace);

	if (r == 0)
		r = scope_begin(&scope, store, READ);
	if (r != 0)
		return r;
	r = measure(scope.txn, namespace, &quota);
	if (r == 0 && !quota.limit_objects && !quota.limit_bytes && quota.used.objects == 0 && namespace.size)
		r = error_set(PKS_NOT_FOUND, "%s: there is no such namespace", path);
	if (r == 0)
		fill(info_out, namespace, &quota);
	return scope_end(&scope, r);
}

int pks_namespace_next_limited(struct pks_store *store, const char *after, struct pks_namespace_info *info_out)
{
	char path[PKS_PATH_MAX + 1];
	struct scope scope = {0};
	struct quota_path from;
	struct quota quota;
	int r = namespace_check(store, after, &from);

	if (r == 0)
		r = scope_begin(&scope, store, READ);
	if (r != 0)
		return r;
	from.size += after != NULL; /* with its NUL: behind it */
	r = quota_next(scope.txn, from, path, &quota);
	if (r == 0)
		r = measure(scope.txn, namespace_path(path), &quota);
	if (r == 0)
		fill(info_out, namespace_path(path), &quota);
	return scope_end(&scope, r == PKS_NOT_FOUND ? PKS_END : r);
}

int pks_namespace_set_limit(struct pks_store *store, const char *path, uint64_t objects, uint64_t bytes)
{
	struct scope scope = {0};
	struct quota_path namespace;
	int r = namespace_check(store, path, &namespace);

	if (r < 0)
		return r;
	do {
		r = scope_begin(&scope, store, WRITE);
		if (r == 0)
			r = scope_end(&scope, quota_set(scope.txn, namespace, objects, bytes));
	} while (scope_again(&scope, r));
	return r;
}
