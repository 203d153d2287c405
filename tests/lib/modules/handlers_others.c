/* SPDX-License-Identifier: MIT */
/* Handlers that wait for other processes, and for what those do. */
#include <pkstore/pkstore.h>

#include <stdlib.h>

/*
 * Starts one of its own kind with one less to go, in the pool that its second argument names, and waits for it; returns
 * how many there were.
 */
PKS_PROCESS(recurse)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *next;
	char *pool = NULL;
	int depth, below, r = pks_process_argsf(self, "[i?s]", &depth, &pool);

	if (r != 0 || depth == 0)
		return r != 0 ? r : pks_return(self, "i", 0);
	next = pks_process_new(store, NULL, "recurse");
	r = pks_process_set_argsf(next, "[is]", depth - 1, pool);
	if (r == 0)
		r = pks_process_set_pool(next, pool);
	free(pool);
	if (r == 0)
		r = pks_process_start(next);
	if (r == 0)
		r = pks_process_join(next, -1);
	if (r == 0)
		r = pks_process_resultf(next, "i", &below);
	return r == 0 ? pks_return(self, "i", below + 1) : r;
}

/* Starts four at once and joins them all, or any of them until all have ended. */
static int start_four(struct pks_object *self, struct pks_object *children[4])
{
	int r = 0;

	for (int i = 0; i < 4 && r == 0; i++) {
		children[i] = pks_process_new(pks_object_store(self), NULL, "nothing");
		r = pks_process_set_pool(children[i], "small");
		if (r == 0)
			r = pks_process_start(children[i]);
	}
	return r;
}

PKS_PROCESS(join_four)
{
	struct pks_object *children[4];
	int r = start_four(self, children);

	return r == 0 ? pks_process_join_all(children, 4, -1) : r;
}

PKS_PROCESS(join_any_of_four)
{
	struct pks_object *children[4];
	int r = start_four(self, children);

	for (size_t left = 4, ended; left > 0 && r == 0; left--) {
		r = pks_process_join_any(children, left, -1, &ended);
		children[ended] = children[left - 1];
	}
	return r;
}

PKS_PROCESS(put_one)
{
	return pks_queue_putf(pks_dict_object(self, "queue"), 0, "i", 1);
}

/* Waits for what another process of its pool puts into a Queue, and says so. */
PKS_PROCESS(get_from_another)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	struct pks_object *other = pks_process_new(store, NULL, "put_one");
	int number, r = pks_dict_setf(other, "queue", "o", queue);

	if (r == 0)
		r = pks_process_set_pool(other, "small");
	if (r == 0)
		r = pks_process_start(other);
	if (r == 0)
		r = pks_waiting_begin(self);
	if (r == 0)
		r = pks_queue_getf(queue, -1, "i", &number);
	return r == 0 ? pks_waiting_end(self) : r;
}

PKS_PROCESS(drain)
{
	return pks_return(self, "i", pks_pool_drain(pks_object_store(self), NULL, -1));
}

/* What a handler may not do: the codes it gets. */
PKS_PROCESS(misuse)
{
	struct pks_store *store = pks_object_store(self);

	return pks_return(self, "[ii]", pks_killall(store), pks_process_join(self, 0));
}

static void note_call(struct pks_object *process, const struct pks_process_info *info, void *unused)
{
	(void)info;
	(void)unused;
	pks_dict_setf(process, "called", "b", true);
}

/* Leaves a watch with a descriptor, and a function to be called when the process "other" ends. */
PKS_PROCESS(watch_and_return)
{
	struct pks_object *other = pks_dict_object(self, "other");
	struct pks_watch *watch = pks_watch_new(pks_object_store(self));
	int fd, r = pks_watch_process(watch, other, NULL);

	if (r == 0)
		r = pks_watch_fd(watch, &fd);
	return r == 0 ? pks_process_on_exit(other, note_call, NULL) : r;
}
