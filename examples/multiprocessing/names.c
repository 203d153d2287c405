/* SPDX-License-Identifier: MIT */
/* Processes have names: those that they are given, or one of their own. A handler can ask for its. */
#include "../example.h"

static int say(const char *what)
{
	struct pks_process_info info;
	int r = pks_process_info(pks_process_current(), &info);

	printf("%s %s\n", info.name, what);
	return r;
}

PKS_PROCESS(worker)
{
	return say("Starting") || say("Exiting");
}

PKS_PROCESS(my_service)
{
	return say("Starting") || say("Exiting");
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *jobs[3];

	pks_process_clean(store, 0, NULL); /* the names of an earlier run */
	jobs[0] = pks_process_new(store, "names/my_service", "my_service");
	jobs[1] = pks_process_new(store, "names/worker 1", "worker");
	jobs[2] = pks_process_new(store, NULL, "worker"); /* process-UUID */
	for (int i = 0; i < 3; i++)
		EXAMPLE_MUST(pks_process_start(jobs[i]));
	EXAMPLE_MUST(pks_process_join_all(jobs, 3, -1));
	for (int i = 0; i < 3; i++)
		example_print_output(jobs[i]);
	pks_store_close(store);
}
