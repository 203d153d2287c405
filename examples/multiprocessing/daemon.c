/* SPDX-License-Identifier: MIT */
/*
 * At its exit the program waits for what it has started, but not for daemons: those end with it. (A process that is
 * neither waited for nor a daemon simply outlives the program.)
 */
#include "../example.h"

#include <unistd.h>

static struct pks_object *d, *n;

PKS_PROCESS(daemon_process)
{
	return pause(); /* nobody waits for "Exiting : daemon" */
}

PKS_PROCESS(non_daemon)
{
	puts("Starting: non-daemon");
	puts("Exiting : non-daemon");
	return 0;
}

/* Functions of atexit(3) are called in reverse: by now the program has waited. */
static void show(void)
{
	printf("the daemon is alive: %s\n", pks_process_is_alive(d) == 0 ? "yes" : "no");
	example_print_output(n);
}

int main(void)
{
	struct pks_store *store = example_begin();

	atexit(show);
	EXAMPLE_MUST(pks_process_wait_at_exit(store));
	d = pks_process_new(store, NULL, "daemon_process");
	n = pks_process_new(store, NULL, "non_daemon");
	EXAMPLE_MUST(pks_process_set_daemon(d, true));
	EXAMPLE_MUST(pks_process_start_wait(d, -1, NULL));
	EXAMPLE_MUST(pks_process_start(n));
	return 0;
}
