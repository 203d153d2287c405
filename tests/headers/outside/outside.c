/* SPDX-License-Identifier: MIT */
/* What a stranger's first program does: built with cc and pkg-config alone against an installed pkstore. */
#include <pkstore/pkstore.h>

#include <stdio.h>
#include <string.h>

PKS_PROCESS(greet)
{
	char *name;
	int r = pks_process_argsf(self, "[s]", &name);

	return r ? r : pks_return(self, "s", name);
}

static int fail(const char *what)
{
	fprintf(stderr, "%s: %d %s\n", what, pks_error_code(), pks_error_message());
	return 1;
}

int main(void)
{
	pks_worker_main();
	if (strcmp(pks_version(), PKS_VERSION) != 0)
		return fail("the library is not the headers' version");

	struct pks_store *store = pks_store_open(NULL, NULL);
	struct pks_object *process = pks_process_new(store, NULL, "greet");
	char *result = NULL;

	if (pks_process_set_argsf(process, "[s]", "outside") != 0 || pks_process_start(process) != 0)
		return fail("start");
	if (pks_process_join(process, 20000) != 0 || pks_process_resultf(process, "s", &result) != 0)
		return fail("join");
	if (pks_killall(store) != 0)
		return fail("killall");
	printf("%s\n", result);
	pks_store_close(store);
	return strcmp(result, "outside") == 0 ? 0 : 1;
}
