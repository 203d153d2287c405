/* SPDX-License-Identifier: MIT */
/* Kinds of processes. */
#include <pkstore/pkstore.h>

#include <signal.h>

/* Ends as its argument says, 0 by default; what it knows goes to the items. */
static int work(struct pks_object *self)
{
	int end = 0, retries;
	int r = pks_attr_getf(self, "retries", "i", &retries);

	if (r == 0)
		r = pks_dict_setf(self, "seen", "i", retries);
	pks_process_argsf(self, "[i]", &end);
	if (end < 0)
		return raise(-end);
	return r == 0 ? end : r;
}

/* Counts, and tells the status and the exitcode that it finds: they are recorded by then. */
static void note_end(struct pks_object *self)
{
	struct pks_process_info info;

	if (pks_process_info(self, &info) != 0)
		return;
	pks_dict_add(self, "ends", 1, NULL);
	pks_dict_setf(self, "end", "[ii]", (int)info.status, info.exitcode);
	pks_begin(pks_object_store(self)); /* and forgets it */
}

PKS_PROCESS_KIND(worker, .run = work, .on_exit = note_end, .defaults = "{\"retries\": 3, \"label\": \"none\"}");

static void crash(struct pks_object *self)
{
	(void)self;
	raise(SIGSEGV);
}

PKS_PROCESS_KIND(crashing_end, .run = work, .on_exit = crash, .defaults = "{\"retries\": 1}");
PKS_PROCESS_KIND(bad_defaults, .run = work, .defaults = "[1]");
PKS_PROCESS_KIND(greedy_defaults, .run = work, .defaults = "{\"state\": 1}");

#ifdef AS_PROGRAM
int main(void)
{
	pks_worker_main();
	return 1;
}
#endif
