/* SPDX-License-Identifier: MIT */
/* A process that would never end is terminated; its status before, during and after that, and when it was joined. */
#include "../example.h"

#include <unistd.h>

PKS_PROCESS(slow_worker)
{
	puts("Starting worker");
	pause();
	puts("Finished worker");
	return 0;
}

static void show(const char *when, struct pks_object *process)
{
	enum pks_status status;
	int exitcode;

	EXAMPLE_MUST(pks_process_status(process, &status));
	printf("%s: %s, %s", when, pks_status_name((int)status),
	       pks_process_is_alive(process) == 0 ? "alive" : "not alive");
	if (pks_process_exitcode(process, &exitcode) == 0)
		printf(", exitcode %d", exitcode);
	puts("");
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *p = pks_process_new(store, NULL, "slow_worker");

	show("BEFORE", p);
	EXAMPLE_MUST(pks_process_start_wait(p, -1, NULL));
	show("DURING", p);
	EXAMPLE_MUST(pks_process_terminate(p, -1));
	show("TERMINATED", p);
	EXAMPLE_MUST(pks_process_join(p, -1));
	show("JOINED", p);
	pks_store_close(store);
}
