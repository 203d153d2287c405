/* SPDX-License-Identifier: MIT */
/* Five workers whose handler is found by its name in another module; the module's folder is $PKSTORE_MODULE_PATH. */
#include "../example.h"

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *jobs[5];

	for (int i = 0; i < 5; i++) {
		jobs[i] = pks_process_new(store, NULL, "import_worker:worker");
		EXAMPLE_MUST(pks_process_start(jobs[i]));
	}
	EXAMPLE_MUST(pks_process_join_all(jobs, 5, -1));
	for (int i = 0; i < 5; i++)
		example_print_output(jobs[i]);
	pks_store_close(store);
}
