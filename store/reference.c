/* SPDX-License-Identifier: MIT */
/* Reading a reference as the object that it refers to. */
#include "base/error.h"
#include "object.h"

#include <pkstore/dict.h>
#include <pkstore/log.h>

#include <inttypes.h>
#include <stdio.h>

struct pks_object *pks_value_object(struct pks_store *store, const struct pks_value *value)
{
	uint64_t id;

	return store_check(store) == 0 && pks_value_ref(value, &id) == 0 ? pks_object_from_id(store, id) : NULL;
}

/* `of`: what the reference was read from. */
static struct pks_object *open_referred(struct pks_object *of, const char *what, const char *name, uint64_t id)
{
	struct pks_object *object = pks_object_from_id(of->store, id);

	if (!object && pks_error_code() == PKS_ERR_GONE)
		error_set(PKS_ERR_GONE, "%s: its %s '%.200s' refers to object %" PRIu64 ", which was dropped", of->path,
		          what, name, id);
	return object;
}

struct pks_object *pks_attr_object(struct pks_object *object, const char *name)
{
	uint64_t id;

	return pks_attr_getf(object, name, "o", &id) == 0 ? open_referred(object, "attribute", name, id) : NULL;
}

struct pks_object *pks_dict_object(struct pks_object *dict, const char *key)
{
	uint64_t id;

	return pks_dict_getf(dict, key, "o", &id) == 0 ? open_referred(dict, "item", key, id) : NULL;
}

struct pks_object *pks_log_object(struct pks_object *log, int64_t index)
{
	char name[24];
	uint64_t id;

	if (pks_log_getf(log, index, "o", &id) != 0)
		return NULL;
	snprintf(name, sizeof(name), "%" PRId64, index);
	return open_referred(log, "entry", name, id);
}
