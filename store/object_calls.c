/* SPDX-License-Identifier: MIT */
/* What all objects can: tell about themselves, be dropped and renamed. */
#include "base/error.h"
#include "base/identity.h"
#include "catalog.h"
#include "object.h"
#include "object_info.h"

#include <string.h>

struct pks_store *pks_object_store(const struct pks_object *object)
{
	return object ? object->store : NULL;
}

const char *pks_object_type(const struct pks_object *object)
{
	return object ? object->type : "";
}

const char *pks_object_class(const struct pks_object *object)
{
	return object ? object->class : "";
}

uint64_t pks_object_id(const struct pks_object *object)
{
	return object ? object->id : 0;
}

void object_info_fill(const struct state *state, struct pks_object_info *info_out)
{
	memcpy(info_out->path, state->path, strlen(state->path) + 1);
	memcpy(info_out->type, state->type, strlen(state->type) + 1);
	identity_text(state->uuid, info_out->uuid);
	info_out->id = state->id;
	info_out->created_ns = state->created_ns;
	info_out->version = state->version;
	info_out->count = state->count;
	info_out->bytes = state->bytes;
	info_out->limit = state->limit;
	info_out->limit_bytes = state->limit_bytes;
	info_out->versioned = !state->unversioned;
	memcpy(info_out->class_name, state->class, strlen(state->class) + 1);
}

int pks_object_info(struct pks_object *object, struct pks_object_info *info_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, object, BASE_ANY, LOOK, &state);

	if (r != 0)
		return r;
	object_info_fill(state, info_out);
	return scope_end(&scope, 0);
}

int pks_object_version(struct pks_object *object, uint64_t *version_out)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, object, BASE_ANY, LOOK, &state);

	if (r != 0)
		return r;
	*version_out = state->version;
	return scope_end(&scope, 0);
}

int pks_object_exists(struct pks_store *store, const char *path)
{
	struct scope scope = {0};
	uint64_t id;
	int r = store_check(store);

	if (r == 0)
		r = pks_path_check(path);
	if (r == 0)
		r = scope_begin(&scope, store, READ);
	if (r == 0)
		r = scope_end(&scope, catalog_find(scope.txn, path, &id));
	return r == PKS_NOT_FOUND ? error_tell(r, path, "there is no such object") : r;
}

int pks_object_drop(struct pks_object *object)
{
	struct scope scope = {0};
	struct state *state;
	int r;

	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, catalog_drop(scope.txn, state));
	} while (scope_again(&scope, r));
	return r;
}

int pks_object_rename(struct pks_object *object, const char *path)
{
	struct scope scope = {0};
	struct state *state;
	int r = pks_path_check(path);

	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, catalog_rename(scope.txn, state, path));
	} while (scope_again(&scope, r));
	return r;
}
