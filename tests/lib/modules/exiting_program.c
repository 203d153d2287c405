/* SPDX-License-Identifier: MIT */
/* Starts a process and a daemon in the store that it is given, and ends, having asked to wait for its processes. */
#include <pkstore/pkstore.h>

static struct pks_object *start(struct pks_store *store, const char *path, bool daemon)
{
	struct pks_object *process = pks_process_new(store, path, "handlers:hold");

	if (pks_process_set_daemon(process, daemon) != 0 || pks_process_start(process) != 0)
		return NULL;
	return process;
}

int main(int argc, char *argv[])
{
	struct pks_store *store = argc == 2 ? pks_store_open(argv[1], NULL) : NULL;

	if (pks_process_wait_at_exit(store) != 0 || pks_process_wait_at_exit(store) != 0)
		return 1;
	if (!start(store, "daemon", true) || !start(store, "waited", false))
		return 2;
	pks_store_close(store);
	return 0;
}
