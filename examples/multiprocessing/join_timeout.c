/* SPDX-License-Identifier: MIT */
/* A join that does not wait for ever: the process is alive still when it returns. */
#include "../example.h"

#include <unistd.h>

PKS_PROCESS(service)
{
	return pause();
}

PKS_PROCESS(job)
{
	puts("Starting: job");
	puts("Exiting : job");
	return 0;
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *s = pks_process_new(store, NULL, "service"), *j = pks_process_new(store, NULL, "job");

	EXAMPLE_MUST(pks_process_start_wait(s, -1, NULL));
	EXAMPLE_MUST(pks_process_start(j));
	EXAMPLE_MUST(pks_process_join(j, -1));
	example_print_output(j);
	printf("join: %s\n", pks_strerror(pks_process_join(s, 100)));
	printf("is alive: %s\n", pks_process_is_alive(s) == 0 ? "yes" : "no");
	EXAMPLE_MUST(pks_process_terminate(s, -1));
	pks_store_close(store);
}
