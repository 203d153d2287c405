/* SPDX-License-Identifier: MIT */
/* What the small examples of the folders beside this file have in common. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <pkstore/pkstore.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs handlers if that is what the program was started for; else opens the default store, or ends the program. */
static inline struct pks_store *example_begin(void)
{
	struct pks_store *store;

	pks_worker_main();
	store = pks_store_open(NULL, NULL);
	if (!store)
		errx(1, "%s", pks_error_message());
	return store;
}

/* Ends the program with the reason when a call has failed, or a handle is NULL. */
#define EXAMPLE_MUST(call) ((call) == 0 ? (void)0 : errx(1, "%s: %s", #call, pks_error_message()))

/* What the handler wrote to stdout and stderr. */
static inline void example_print_output(struct pks_object *process)
{
	struct pks_object *output = pks_process_output(process);
	struct pks_log_iter *iter = pks_log_iter(output, 0, INT64_MAX, false);
	struct pks_value entry;

	while (pks_log_next(iter, &entry, NULL) == 0) {
		char *text;

		if (pks_value_unpack(&entry, "{s:s}", "text", &text) == 0)
			puts(text);
		free(text);
	}
	pks_log_iter_close(iter);
	pks_object_close(output);
}

#endif
