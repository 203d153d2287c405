/* SPDX-License-Identifier: MIT */
/* The two policies of a restart: wait for the end of what runs, or terminate it. Earlier attempts are remembered. */
#include "../example.h"

#include <unistd.h>

PKS_PROCESS(job)
{
	struct pks_process_info info;

	EXAMPLE_MUST(pks_process_info(self, &info));
	return info.attempt == 2 ? pause() : 0; /* the second attempt would run for ever */
}

static void print_attempt(const struct pks_value *attempt)
{
	int number, exitcode;
	char *status;

	EXAMPLE_MUST(pks_value_unpack(attempt, "{s:i, s:s, s:i}", "attempt", &number, "status", &status, "exitcode",
				      &exitcode));
	printf("attempt %d: %s, exitcode %d\n", number, status, exitcode);
	free(status);
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *process = pks_process_new(store, NULL, "job");
	struct pks_value history, attempt;
	struct pks_process_info info;
	uint64_t version;

	EXAMPLE_MUST(pks_process_start(process));
	EXAMPLE_MUST(pks_process_restart(process, PKS_RESTART_WAIT, -1));
	EXAMPLE_MUST(pks_object_version(process, &version));
	while (pks_process_info(process, &info) == 0 && info.status != PKS_RUNNING)
		EXAMPLE_MUST(pks_wait(process, version, -1, &version));
	EXAMPLE_MUST(pks_process_restart(process, PKS_RESTART_TERMINATE, -1));
	EXAMPLE_MUST(pks_process_join(process, -1));

	EXAMPLE_MUST(pks_process_history(process, &history));
	for (int i = 0; pks_value_at(&history, i, &attempt) == 0; i++)
		print_attempt(&attempt);
	EXAMPLE_MUST(pks_process_info(process, &info));
	printf("attempt %u: %s, exitcode %d\n", info.attempt, pks_status_name((int)info.status), info.exitcode);
	pks_value_clear(&history);
	pks_store_close(store);
}
