/* SPDX-License-Identifier: MIT */
/* The log: a program's own lines on its stderr as well, and a handler's on its own, which is kept with the process. */
#include "../example.h"

#include <unistd.h>

PKS_PROCESS(worker)
{
	struct pks_store *store = pks_object_store(self);

	pks_syslog_set_stderr(store, true);
	pks_syslog(store, PKS_LEVEL_INFO, "doing some work");
	return 0;
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *p;

	pks_process_clean(store, 0, NULL);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	pks_syslog_set_stderr(store, true);
	pks_syslog_set_level(store, PKS_LEVEL_DEBUG);
	pks_syslog(store, PKS_LEVEL_DEBUG, "starting a worker");
	p = pks_process_new(store, "example/worker", "worker");
	EXAMPLE_MUST(pks_process_start(p));
	EXAMPLE_MUST(pks_process_join(p, -1));
	fflush(stderr);
	example_print_output(p);
	pks_store_close(store);
}
