/* SPDX-License-Identifier: MIT */
/* Waiting for processes: one that ends by itself, and a daemon, which the program would else take with it. */
#include "../example.h"

PKS_PROCESS(daemon_process)
{
	puts("Starting: daemon");
	puts("Exiting : daemon");
	return 0;
}

PKS_PROCESS(non_daemon)
{
	puts("Starting: non-daemon");
	puts("Exiting : non-daemon");
	return 0;
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *d = pks_process_new(store, NULL, "daemon_process");
	struct pks_object *n = pks_process_new(store, NULL, "non_daemon");

	EXAMPLE_MUST(pks_process_set_daemon(d, true));
	EXAMPLE_MUST(pks_process_start(d));
	EXAMPLE_MUST(pks_process_start(n));
	EXAMPLE_MUST(pks_process_join(d, -1));
	EXAMPLE_MUST(pks_process_join(n, -1));
	example_print_output(d);
	example_print_output(n);
	pks_store_close(store);
}
