/* SPDX-License-Identifier: MIT */
/* A blocking start: when it returns the handler is about to run, and its pid is known. */
#include "../example.h"

#include <signal.h>
#include <unistd.h>

PKS_PROCESS(sleeper)
{
	return pause();
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *process = pks_process_new(store, NULL, "sleeper");
	int64_t pid;
	int exitcode;

	EXAMPLE_MUST(pks_process_start_wait(process, -1, &pid));
	printf("it has a pid: %s\n", pid > 0 ? "yes" : "no");
	kill((pid_t)pid, SIGTERM);
	EXAMPLE_MUST(pks_process_join(process, -1));
	EXAMPLE_MUST(pks_process_exitcode(process, &exitcode));
	printf("is alive: %s, exitcode %d\n", pks_process_is_alive(process) == 0 ? "yes" : "no", exitcode);
	pks_store_close(store);
}
