/* SPDX-License-Identifier: MIT */
/* A function of this program that is called when the process has ended, on a thread of the library's. */
#include "../example.h"

#include <semaphore.h>
#include <unistd.h>

static sem_t called;

PKS_PROCESS(sleeper)
{
	return pause();
}

static void exit_callback(struct pks_object *process, const struct pks_process_info *info, void *arg)
{
	(void)process;
	printf("%s: %s, exitcode %d\n", (const char *)arg, pks_status_name((int)info->status), info->exitcode);
	sem_post(&called);
}

int main(void)
{
	static char name[] = "exit_callback";
	struct pks_store *store = example_begin();
	struct pks_object *process = pks_process_new(store, NULL, "sleeper");

	sem_init(&called, 0, 0);
	EXAMPLE_MUST(pks_process_on_exit(process, exit_callback, name));
	EXAMPLE_MUST(pks_process_start(process));
	EXAMPLE_MUST(pks_process_terminate(process, 0));
	sem_wait(&called);
	pks_store_close(store);
}
