/* SPDX-License-Identifier: MIT */
/* What `pkstore ps PATH` tells about one process beyond its line: how far it came, and why it died. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <pkstore/process.h>

/* Nothing when there is nothing to tell. */
void report_print(struct pks_store *store, struct pks_object *process);
/* The report of an attempt before its last one, as its history keeps it. */
void report_print_earlier(struct pks_store *store, const struct pks_value *report);

#endif
