/* SPDX-License-Identifier: MIT */
/* A process's state as JSON: what `ps --json`, `stat --json` and `dump` have in common. */
#ifndef TOOLS_PROCESS_JSON_H
#define TOOLS_PROCESS_JSON_H

#include "writer.h"

#include <pkstore/process.h>

/* The pairs "status", "exitcode", "pid", "attempt", "submitted", "started", "ended" of a map. */
void process_json_state(struct writer *writer, const struct pks_process_info *info);

/* The pairs "target", and "result" and "error" if there are. */
void process_json_work(struct writer *writer, struct pks_object *process, const struct pks_process_info *info);

#endif
