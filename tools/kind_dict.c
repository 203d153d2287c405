/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "kind.h"
#include "print.h"

static struct pks_object *create(struct pks_store *store, const char *path, const char *target)
{
	return pks_dict_open(store, path, PKS_MUST_CREATE);
}

static void get_keys(struct pks_iter *iter, const char *path)
{
	const char *key;
	int r;

	if (!iter)
		fail_handle(path);
	while ((r = pks_iter_next(iter, &key, NULL)) == 0) {
		print_text(key);
		print_string("\n");
	}
	pks_iter_close(iter);
	if (r != PKS_END)
		fail_code(r, path);
}

static void get_all(const struct get *get, struct pks_object *dict, const char *path)
{
	struct pks_iter *iter = pks_dict_iter(dict, &(struct pks_range){.prefix = get->prefix});
	struct writer w;

	if (get->keys) {
		get_keys(iter, path);
		return;
	}
	writer_init(&w, get->store, get->style);
	writer_items(&w, iter, path);
}

static void dump_items(struct writer *w, struct pks_object *dict, const char *path)
{
	writer_key(w, "items");
	writer_items(w, pks_dict_iter(dict, NULL), path);
}

const struct kind kind_dict = {
	.type = "dict",
	.get_one = pks_dict_get,
	.get_all = get_all,
	.set_one = pks_dict_set,
	.del_one = pks_dict_del,
	.clear = pks_dict_clear,
	.add = pks_dict_add,
	.add_double = pks_dict_add_double,
	.dump_items = dump_items,
	.create = create,
	.items = '{',
	.load_item = pks_dict_set,
};
