/* SPDX-License-Identifier: MIT */
#include "open.h"

#include "fail.h"

#include <pkstore/cell.h>
#include <pkstore/dict.h>
#include <pkstore/namespace.h>

#include <stdlib.h>

static const char *open_path;
static bool open_network;
static int open_busy_ms;
static struct pks_store *open_store;

void open_set_path(const char *path)
{
	open_path = path;
}

void open_allow_network(void)
{
	open_network = true;
}

void open_set_busy_timeout(int timeout_ms)
{
	open_busy_ms = timeout_ms ? timeout_ms : 1; /* 0 would be the default */
}

/* At every exit, fail()'s too: a reader's slot is given back, and an open transaction is aborted. */
static void open_close(void)
{
	pks_store_close(open_store);
}

/* NULL: there is none, and it was not to be made. */
static struct pks_store *open_or_null(const struct pks_store_options *given)
{
	struct pks_store_options options = given ? *given : (struct pks_store_options){0};
	static char path[PKS_STORE_PATH_SIZE];

	options.allow_network = open_network;
	options.busy_timeout_ms = (uint32_t)open_busy_ms;
	if (!open_path) {
		fail_if(pks_store_default_path(path, sizeof(path)), "the default store");
		open_path = path;
	}
	open_store = pks_store_open(open_path, &options);
	if (!open_store && pks_error_code() != PKS_NOT_FOUND)
		fail_handle(open_path);
	if (open_store)
		atexit(open_close);
	return open_store;
}

static struct pks_store *open_with(const struct pks_store_options *options)
{
	/* Not "no": what was asked about the store's content has no answer. */
	if (!open_or_null(options))
		fail(FAIL_STORE, "%s: there is no store", open_path);
	return open_store;
}

struct pks_store *open_to_read(void)
{
	return open_with(&(struct pks_store_options){.mode = PKS_MUST_EXIST, .read_only = true});
}

struct pks_store *open_to_change(void)
{
	return open_with(&(struct pks_store_options){.mode = PKS_MUST_EXIST});
}

struct pks_store *open_to_create(void)
{
	return open_with(NULL);
}

struct pks_store *open_to_create_at(const char *path)
{
	fail_if(pks_path_check(path), path);
	return open_to_create();
}

struct pks_store *open_new(const struct pks_store_options *options)
{
	return open_with(options);
}

struct pks_store *open_if_there(void)
{
	return open_or_null(&(struct pks_store_options){.mode = PKS_MUST_EXIST});
}

bool open_is_namespace(struct pks_store *store, const char *path)
{
	struct pks_list *list = pks_list_open(store, &(struct pks_list_options){.in = path});
	struct pks_list_entry entry;
	int r;

	if (!list)
		fail_handle(path);
	r = pks_list_next(list, &entry);
	pks_list_close(list);
	if (r != 0 && r != PKS_END)
		fail_code(r, path);
	return r == 0 || pks_namespace_info(store, path, &(struct pks_namespace_info){0}) == 0;
}

struct pks_object *open_object(struct pks_store *store, const char *path)
{
	struct pks_object *object = pks_object_open(store, path);

	if (object)
		return object;
	if (pks_error_code() != PKS_NOT_FOUND)
		fail_handle(path);
	if (open_is_namespace(store, path))
		fail(FAIL_NO, "%s: is a namespace, not an object", path);
	fail(FAIL_NO, "%s: there is no such object", path);
}

struct pks_object *open_to_set(struct pks_store *store, const char *path, const char *key)
{
	struct pks_object *object = pks_object_open(store, path);

	if (!object && pks_error_code() == PKS_NOT_FOUND)
		object = key ? pks_dict_open(store, path, PKS_OPEN_OR_CREATE)
		             : pks_cell_open(store, path, PKS_OPEN_OR_CREATE);
	if (!object)
		fail_handle(path);
	return object;
}
