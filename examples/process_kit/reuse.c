/* SPDX-License-Identifier: MIT */
/* A process that has ended has no pid any more, and can be used again. */
#include "../example.h"

PKS_PROCESS(count)
{
	return pks_dict_add(self, "runs", 1, NULL);
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *process = pks_process_new(store, NULL, "count");
	int exitcode, runs;
	int64_t pid;

	EXAMPLE_MUST(pks_process_start(process));
	for (int i = 0; i < 3; i++) {
		EXAMPLE_MUST(pks_process_join(process, -1));
		EXAMPLE_MUST(pks_process_exitcode(process, &exitcode));
		printf("pid: %s, exitcode: %d\n", pks_process_pid(process, &pid) == 0 ? "yes" : "none", exitcode);
		EXAMPLE_MUST(pks_process_restart(process, PKS_RESTART_WAIT, -1));
	}
	EXAMPLE_MUST(pks_process_join(process, -1));
	EXAMPLE_MUST(pks_dict_getf(process, "runs", "i", &runs));
	printf("it ran %d times\n", runs);
	pks_store_close(store);
}
