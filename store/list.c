/* SPDX-License-Identifier: MIT */
/* Listing the objects of a namespace. */
#include "base/error.h"
#include "keys.h"
#include "object_info.h"
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct pks_list {
	struct view view;
	struct key low, high; /* the namespace's keys, and the first one behind them */
	struct key next;      /* where to go on */
	bool recursive;
	char type[PKS_TYPE_MAX + 1]; /* "": any */
	struct txn alone;            /* what is known of a snapshot of the list's own */
};

static int set_options(struct pks_list *list, const struct pks_list_options *options)
{
	const char *in = options->in ? options->in : "";
	size_t size = strlen(in);
	int r = size ? pks_path_check(in) : 0;

	if (r < 0)
		return r;
	if (options->type && strlen(options->type) > PKS_TYPE_MAX)
		return error_set(PKS_ERR_LIMIT, "'%.40s' is no type: it is too long", options->type);
	snprintf(list->type, sizeof(list->type), "%s", options->type ? options->type : "");
	list->recursive = options->recursive;
	key_room(&list->low, ROOM_CATALOG, in, size);
	if (size)
		list->low.data[list->low.size++] = '/';
	list->high = list->next = list->low;
	key_successor(&list->high);
	return 0;
}

struct pks_list *pks_list_open(struct pks_store *store, const struct pks_list_options *options)
{
	static const struct pks_list_options top;
	struct pks_list *list;
	int r = store_check(store);

	if (r < 0)
		return NULL;
	list = calloc(1, sizeof(*list));
	r = list ? set_options(list, options ? options : &top) : error_set(PKS_ERR_MEMORY, "out of memory");
	if (r == 0)
		r = view_open(&list->view, store);
	if (r < 0) {
		free(list);
		return NULL;
	}
	list->alone.store = store;
	list->alone.engine = list->view.engine;
	return list;
}

/* Behind a path itself: the next key that there may be. */
static void go_behind(struct pks_list *list, struct bytes key)
{
	memcpy(list->next.data, key.data, key.size);
	list->next.data[key.size] = 0;
	list->next.size = key.size + 1;
}

/* Behind all paths of a namespace: `a/b/` -> `a/b0`, as '0' follows '/'. */
static void go_behind_namespace(struct pks_list *list, struct bytes key, size_t slash)
{
	memcpy(list->next.data, key.data, slash + 1);
	list->next.size = slash + 1;
	key_successor(&list->next);
}

/* Where the first slash behind the listed namespace is in the key; 0: none. */
static size_t find_slash(const struct pks_list *list, struct bytes key)
{
	const uint8_t *data = key.data;
	const uint8_t *slash = memchr(data + list->low.size, '/', key.size - list->low.size);

	return slash ? (size_t)(slash - data) : 0;
}

static void fill_namespace(struct bytes key, size_t slash, struct pks_list_entry *entry_out)
{
	memset(entry_out, 0, sizeof(*entry_out));
	entry_out->is_namespace = true;
	memcpy(entry_out->info.path, (const char *)key.data + 1, slash - 1);
}

static int fill_object(struct pks_list *list, uint64_t id, struct pks_list_entry *entry_out)
{
	struct txn *txn = list->view.txn ? list->view.txn : &list->alone;
	struct state *state;
	int r = txn_state(txn, id, &state);

	if (r == PKS_ERR_GONE)
		return error_set(PKS_ERR_CORRUPT, "%s: the catalog names object %" PRIu64 ", which is not there",
		                 list->view.store->path, id);
	if (r == 0) {
		entry_out->is_namespace = false;
		object_info_fill(state, &entry_out->info);
	}
	if (!list->view.txn)
		states_clear(&txn->states);
	return r;
}

/* The next entry of whatever type; PKS_END. */
static int step(struct pks_list *list, struct pks_list_entry *entry_out)
{
	struct bytes key, value;
	size_t slash = 0;
	int r = engine_seek(list->view.cursor, key_bytes(&list->next), &key, &value);

	if (r < 0)
		return r;
	if (r == PKS_NOT_FOUND || key_compare(key, key_bytes(&list->high)) >= 0)
		return PKS_END;
	if (key.size > 1 + PKS_PATH_MAX || value.size != sizeof(uint64_t))
		return error_set(PKS_ERR_CORRUPT, "%s: an entry of the catalog is damaged", list->view.store->path);
	if (!list->recursive)
		slash = find_slash(list, key);
	if (slash == 0) {
		uint64_t id = key_get_u64(value.data);

		go_behind(list, key);
		return fill_object(list, id, entry_out);
	}
	go_behind_namespace(list, key, slash);
	fill_namespace(key, slash, entry_out);
	return 0;
}

int pks_list_next(struct pks_list *list, struct pks_list_entry *entry_out)
{
	struct pks_list_entry entry;
	int r = list ? view_check(&list->view) : error_again();

	do {
		if (r == 0)
			r = step(list, &entry);
	} while (r == 0 && list->type[0] && (entry.is_namespace || strcmp(entry.info.type, list->type) != 0));
	if (r == 0)
		*entry_out = entry;
	return r;
}

void pks_list_close(struct pks_list *list)
{
	if (!list || !view_close(&list->view))
		return;
	states_release(&list->alone.states);
	free(list);
}
