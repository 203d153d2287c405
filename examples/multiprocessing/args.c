/* SPDX-License-Identifier: MIT */
/* Five workers, each with an argument. */
#include "../example.h"

PKS_PROCESS(worker)
{
	int number;

	EXAMPLE_MUST(pks_process_argsf(self, "[i]", &number));
	printf("Worker: %d\n", number);
	return 0;
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *jobs[5];

	for (int i = 0; i < 5; i++) {
		jobs[i] = pks_process_new(store, NULL, "worker");
		pks_process_set_argsf(jobs[i], "[i]", i);
		EXAMPLE_MUST(pks_process_start(jobs[i]));
	}
	EXAMPLE_MUST(pks_process_join_all(jobs, 5, -1));
	for (int i = 0; i < 5; i++)
		example_print_output(jobs[i]);
	pks_store_close(store);
}
