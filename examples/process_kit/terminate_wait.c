/* SPDX-License-Identifier: MIT */
/* A blocking terminate: when it returns the process has ended, and that is recorded. */
#include "../example.h"

#include <unistd.h>

PKS_PROCESS(sleeper)
{
	return pause();
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *process = pks_process_new(store, NULL, "sleeper");

	EXAMPLE_MUST(pks_process_start(process));
	EXAMPLE_MUST(pks_process_terminate(process, -1));
	printf("is alive: %s\n", pks_process_is_alive(process) == 0 ? "yes" : "no");
	pks_store_close(store);
}
