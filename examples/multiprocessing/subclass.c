/* SPDX-License-Identifier: MIT */
/* What is a subclass of Process elsewhere: a kind. Five of its processes. */
#include "../example.h"

static int run(struct pks_object *self)
{
	struct pks_process_info info;

	EXAMPLE_MUST(pks_process_info(self, &info));
	printf("In %s\n", info.name);
	return 0;
}

PKS_PROCESS_KIND(worker, .run = run);

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *jobs[5];

	for (int i = 0; i < 5; i++) {
		jobs[i] = pks_process_new(store, NULL, "worker");
		EXAMPLE_MUST(pks_process_start(jobs[i]));
	}
	EXAMPLE_MUST(pks_process_join_all(jobs, 5, -1));
	for (int i = 0; i < 5; i++)
		example_print_output(jobs[i]);
	pks_store_close(store);
}
