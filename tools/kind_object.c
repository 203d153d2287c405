/* SPDX-License-Identifier: MIT */
/* A plain Object: its attributes are all there is to get, and to set. */
#include "kind.h"

#include <pkstore/class.h>

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	(void)target;
	return pks_plain_open(store, path, PKS_MUST_CREATE);
}

static void get_all(const struct get *get, struct pks_object *object, const char *path)
{
	struct writer w;

	writer_init(&w, get->store, get->style);
	writer_items(&w, pks_attr_iter(object), path);
}

const struct kind kind_object = {
	.type = "object",
	.get_one = pks_attr_get,
	.get_all = get_all,
	.set_one = pks_attr_set,
	.del_one = pks_attr_del,
	.create = create,
};
