/* SPDX-License-Identifier: MIT */
/* Handlers that create processes, and ask who they are. */
#include "go.h"

#include <unistd.h>

static int count_children(struct pks_store *store)
{
	struct pks_process_table *table = pks_process_active_children(store);
	struct pks_process_info info;
	int count = 0;

	while (pks_process_table_next(table, &info, NULL) == 0)
		count++;
	pks_process_table_close(table);
	return count;
}

/* Returns a reference to its parent, or null. */
PKS_PROCESS(tell_parent)
{
	struct pks_object *parent = pks_process_parent(pks_process_current());

	if (pks_process_current() != self)
		return pks_fail(self, "another one is the current process");
	return parent ? pks_return(self, "o", parent) : pks_return(self, "n");
}

/* Returns how many active children it had while its child held, and after; the child is the item "child". */
PKS_PROCESS(bear)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *child = pks_process_new(store, NULL, "handlers:hold");
	int during, r = pks_dict_setf(self, "child", "o", child);

	if (r == 0)
		r = pks_process_start_wait(child, -1, NULL);
	during = count_children(store);
	if (r == 0)
		r = pks_dict_setf(child, "go", "b", 1);
	if (r == 0)
		r = pks_process_join(child, -1);
	return r == 0 ? pks_return(self, "[ii]", during, count_children(store)) : r;
}

PKS_PROCESS(bear_who_tells)
{
	struct pks_object *child = pks_process_new(pks_object_store(self), NULL, "family:tell_parent");
	uint64_t told;
	int r = pks_process_start(child);

	if (r == 0)
		r = pks_process_join(child, -1);
	if (r == 0)
		r = pks_process_resultf(child, "o", &told);
	return r == 0 ? pks_return(self, "b", told == pks_object_id(self)) : r;
}

/* Starts a daemon, and a child that is none, says so, and goes on until it is told to end. */
PKS_PROCESS(keep)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *daemon = pks_process_new(store, NULL, "handlers:hold");
	struct pks_object *other = pks_process_new(store, NULL, "handlers:hold");
	int r = pks_process_set_daemon(daemon, true);

	if (r == 0)
		r = pks_process_start_wait(daemon, -1, NULL);
	if (r == 0)
		r = pks_process_start_wait(other, -1, NULL);
	if (r == 0)
		r = pks_dict_setf(self, "daemon", "o", daemon);
	if (r == 0)
		r = pks_dict_setf(self, "other", "o", other);
	if (r == 0)
		r = pks_dict_setf(self, "here", "I", (int64_t)getpid());
	return r == 0 ? wait_for_go(self) : r;
}

PKS_PROCESS(wait_at_exit)
{
	return pks_return(self, "i", pks_process_wait_at_exit(pks_object_store(self)));
}
