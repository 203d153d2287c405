/* SPDX-License-Identifier: MIT */
/* The five ways to end, and their exit codes. */
#include "../example.h"

#include <unistd.h>

PKS_PROCESS(exit_error)
{
	exit(1);
}

PKS_PROCESS(exit_ok)
{
	return 0;
}

PKS_PROCESS(return_value)
{
	return pks_return(self, "i", 1); /* a result is not an exit code */
}

PKS_PROCESS(raises)
{
	return pks_fail(self, "There was an error!");
}

PKS_PROCESS(terminated)
{
	return pause();
}

int main(void)
{
	static const char *const targets[] = {"exit_error", "exit_ok", "return_value", "raises", "terminated"};
	struct pks_store *store = example_begin();
	struct pks_object *jobs[5];

	for (int i = 0; i < 5; i++) {
		printf("Starting process for %s\n", targets[i]);
		jobs[i] = pks_process_new(store, NULL, targets[i]);
		EXAMPLE_MUST(pks_process_start_wait(jobs[i], -1, NULL));
	}
	EXAMPLE_MUST(pks_process_terminate(jobs[4], -1));
	for (int i = 0; i < 5; i++) {
		int exitcode;
		char *error = NULL;

		EXAMPLE_MUST(pks_process_join(jobs[i], -1));
		EXAMPLE_MUST(pks_process_exitcode(jobs[i], &exitcode));
		pks_process_error(jobs[i], &error);
		printf("%15s.exitcode = %d%s%s\n", targets[i], exitcode, error ? ": " : "", error ? error : "");
		free(error);
	}
	pks_store_close(store);
}
