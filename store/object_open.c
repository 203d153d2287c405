/* SPDX-License-Identifier: MIT */
/* Opening and creating objects. */
#include "base/error.h"
#include "catalog.h"
#include "object.h"

#include <pkstore/class.h>
#include <pkstore/dict.h>
#include <pkstore/log.h>

#include <inttypes.h>
#include <string.h>

static int check_open(struct pks_store *store, const char *path)
{
	int r = store_check(store);

	return r < 0 || !path ? r : pks_path_check(path);
}

static int find(struct txn *txn, const char *path, struct state **state_out)
{
	uint64_t id;
	int r = catalog_find(txn, path, &id);

	if (r == 0)
		r = txn_state(txn, id, state_out);
	if (r == PKS_ERR_GONE)
		return error_set(PKS_ERR_CORRUPT, "%s: the catalog names object %" PRIu64 ", which is not there", path,
		                 id);
	return r;
}

static int create(struct txn *txn, const char *path, const struct object_kind *kind, struct state **state_out)
{
	int r = catalog_create(txn, path, kind->type, state_out);

	return r == 0 && kind->init ? kind->init(txn, *state_out, kind->arg) : r;
}

/* One try in a scope that may write or not. */
static int find_or_create(struct txn *txn, const char *path, const struct object_kind *kind, enum pks_mode mode,
                          struct state **state_out)
{
	int r = path ? find(txn, path, state_out) : PKS_NOT_FOUND;

	if (r == 0 && mode == PKS_MUST_CREATE)
		return error_set(PKS_EXISTS, "%s: there already is an object at this path", path);
	if (r == PKS_NOT_FOUND && txn->write && mode != PKS_MUST_EXIST)
		return create(txn, path, kind, state_out);
	if (r == PKS_NOT_FOUND)
		return error_set(r, "%s: there is no such object", path ? path : kind->type);
	return r;
}

static int open_once(struct scope *scope, enum access access, struct pks_store *store, const char *path,
                     const struct object_kind *kind, enum pks_mode mode, struct pks_object **object_out)
{
	struct state *state;
	int r = scope_begin(scope, store, access);

	if (r != 0)
		return r;
	r = find_or_create(scope->txn, path, kind, mode, &state);
	if (r == 0) {
		*object_out = object_handle(store, state);
		r = *object_out ? 0 : PKS_ERR_MEMORY;
	}
	return scope_end(scope, r);
}

static int open_scope(enum access access, struct pks_store *store, const char *path, const struct object_kind *kind,
                      enum pks_mode mode, struct pks_object **object_out)
{
	struct scope scope = {0};
	struct pks_object *object = NULL;
	int r;

	do {
		pks_object_close(object);
		object = NULL;
		r = open_once(&scope, access, store, path, kind, mode, &object);
	} while (scope_again(&scope, r));
	if (r == 0)
		*object_out = object;
	else
		pks_object_close(object);
	return r;
}

/* Reads first: an object that exists is opened without the write lock. */
static int open_object(struct pks_store *store, const char *path, const struct object_kind *kind, enum pks_mode mode,
                       struct pks_object **object_out)
{
	int r = check_open(store, path);

	if (r < 0)
		return r;
	r = path ? open_scope(READ, store, path, kind, mode, object_out) : PKS_NOT_FOUND;
	if (r != PKS_NOT_FOUND || mode == PKS_MUST_EXIST)
		return r;
	return open_scope(WRITE, store, path, kind, mode, object_out);
}

/* A Process is a Dict: asked for a Dict, either will do. */
static int check_type(const struct pks_object *object, const char *type)
{
	if (strcmp(type, "dict") == 0 && object->base == BASE_DICT)
		return 0;
	return layer_check(object, type);
}

int object_mode_check(enum pks_mode mode)
{
	if (mode == PKS_OPEN_OR_CREATE || mode == PKS_MUST_EXIST || mode == PKS_MUST_CREATE)
		return 0;
	return error_set(PKS_ERR_USAGE, "%d is no mode to open an object in", (int)mode);
}

struct pks_object *object_open(struct pks_store *store, const char *path, const struct object_kind *kind,
                               enum pks_mode mode)
{
	struct pks_object *object = NULL;
	int r = object_mode_check(mode);

	if (r == 0)
		r = open_object(store, path, kind, mode, &object);
	if (r != 0)
		return NULL;
	if (check_type(object, kind->type) == 0)
		return object;
	pks_object_close(object);
	return NULL;
}

struct pks_object *layer_create(struct pks_store *store, const char *path, const char *type)
{
	return object_open(store, path, &(struct object_kind){.type = type}, PKS_MUST_CREATE);
}

struct pks_object *pks_dict_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "dict"}, mode);
}

struct pks_object *pks_log_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "log"}, mode);
}

struct pks_object *pks_plain_open(struct pks_store *store, const char *path, enum pks_mode mode)
{
	return object_open(store, path, &(struct object_kind){.type = "object"}, mode);
}

struct pks_object *pks_object_open(struct pks_store *store, const char *path)
{
	struct pks_object *object = NULL;

	if (!path) {
		error_set(PKS_ERR_PATH, "a path is missing");
		return NULL;
	}
	return open_object(store, path, &(struct object_kind){.type = "object"}, PKS_MUST_EXIST, &object) == 0 ? object
	                                                                                                       : NULL;
}

static struct pks_object *open_id(struct pks_store *store, uint64_t id,
                                  struct pks_object *(*handle)(struct pks_store *store, const struct state *state))
{
	struct scope scope = {0};
	struct pks_object *object = NULL;
	struct state *state;
	int r = store_check(store);

	if (r == 0)
		r = scope_begin(&scope, store, READ);
	if (r != 0)
		return NULL;
	r = txn_state(scope.txn, id, &state);
	if (r == 0)
		object = handle(store, state);
	scope_end(&scope, 0);
	return object;
}

struct pks_object *pks_object_from_id(struct pks_store *store, uint64_t id)
{
	return open_id(store, id, object_handle);
}

struct pks_object *layer_object_open(struct pks_store *store, uint64_t id)
{
	return open_id(store, id, object_handle_alone);
}
