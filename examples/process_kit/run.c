/* SPDX-License-Identifier: MIT */
/* A kind of processes of one's own: its run, and what its processes begin with. */
#include "../example.h"

static int greet(struct pks_object *self)
{
	char *word;

	EXAMPLE_MUST(pks_attr_getf(self, "word", "s", &word));
	printf("%s from a process of my own kind\n", word);
	free(word);
	return 0;
}

PKS_PROCESS_KIND(my_process, .run = greet, .defaults = "{\"word\": \"hello\"}");

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *process = pks_process_new(store, NULL, "my_process");

	EXAMPLE_MUST(pks_process_start(process));
	EXAMPLE_MUST(pks_process_join(process, -1));
	example_print_output(process);
	pks_store_close(store);
}
