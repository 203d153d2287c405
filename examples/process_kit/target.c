/* SPDX-License-Identifier: MIT */
/* A process with a target and its arguments. */
#include "../example.h"

PKS_PROCESS(mytarget)
{
	char *word;

	EXAMPLE_MUST(pks_process_argsf(self, "[s]", &word));
	printf("called with %s\n", word);
	free(word);
	return 0;
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *proc = pks_process_new(store, NULL, "mytarget");

	pks_process_set_argsf(proc, "[s]", "abc 123");
	EXAMPLE_MUST(pks_process_start(proc));
	EXAMPLE_MUST(pks_process_join(proc, -1));
	example_print_output(proc);
	pks_store_close(store);
}
