/* SPDX-License-Identifier: MIT */
/*
 * Waiting at the exit of a program that has asked for it. By then the program may have closed its store, so the path is
 * kept, and the store opened once more: what this program's processes are, the store knows.
 */
#include "worker_pause.h"

#include "base/error.h"

#include <pkstore/process_control.h>
#include <pkstore/process_family.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The stores of this program; entries are never removed. A child that was forked has none. */
struct exit_store {
	struct exit_store *next;
	pid_t pid;
	char path[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct exit_store *stores;
static bool registered;

/* The next child that is no daemon; NULL: there is none. */
static struct pks_object *next_child(struct pks_store *store)
{
	struct pks_process_table *table = pks_process_active_children(store);
	struct pks_object *child = NULL;
	struct pks_process_info info;

	while (table && !child && pks_process_table_next(table, &info, NULL) == 0) {
		child = pks_object_from_id(store, info.id);
		if (child && pks_process_is_daemon(child) == 0) {
			pks_object_close(child);
			child = NULL;
		}
	}
	pks_process_table_close(table);
	return child;
}

/* Until there are no more: one may be created meanwhile, by another thread. */
static void wait_in(const char *path)
{
	struct pks_store_options options = {.mode = PKS_MUST_EXIST};
	struct pks_store *store = pks_store_open(path, &options);
	struct pks_object *child;
	int r = 0;

	while (store && r == 0 && (child = next_child(store))) {
		r = pks_process_join(child, -1);
		if (r == PKS_ERR_GONE)
			r = 0;
		pks_object_close(child);
	}
	pks_store_close(store);
}

static void wait_at_exit(void)
{
	for (const struct exit_store *at = stores; at; at = at->next)
		if (at->pid == getpid())
			wait_in(at->path);
}

static bool is_known(const char *path)
{
	for (const struct exit_store *at = stores; at; at = at->next)
		if (at->pid == getpid() && strcmp(at->path, path) == 0)
			return true;
	return false;
}

static int add(const char *path)
{
	struct exit_store *added = malloc(sizeof(*added) + strlen(path) + 1);

	if (!added || (!registered && atexit(wait_at_exit) != 0)) {
		free(added);
		return error_set(PKS_ERR_MEMORY, "out of memory");
	}
	registered = true;
	added->pid = getpid();
	added->next = stores;
	strcpy(added->path, path);
	stores = added;
	return 0;
}

int pks_process_wait_at_exit(struct pks_store *store)
{
	struct pks_process_table *table;
	int r = 0;

	if (worker_self())
		return error_set(PKS_ERR_USAGE, "a handler ends, its worker does not exit");
	/* Whether the store may be used here at all. */
	table = pks_process_active_children(store);
	if (!table)
		return pks_error_code();
	pks_process_table_close(table);
	pthread_mutex_lock(&lock);
	if (!is_known(pks_store_path(store)))
		r = add(pks_store_path(store));
	pthread_mutex_unlock(&lock);
	return r;
}
