/* SPDX-License-Identifier: MIT */
/*
 * The report on an attempt whose worker died: the attribute `report`, put together from how it died, what its witness
 * has noted and the last lines of its output, by whoever settles it, and stored in the commit that does.
 */
#ifndef RUNTIME_REPORT_H
#define RUNTIME_REPORT_H

#include "oom.h"
#include "witness.h"

#include <pkstore/object.h>

#include <sys/resource.h>

#define REPORT_ATTR "report"
#define PROGRESS_ATTR "progress"

/* How many lines of output are told; more are in the process's Log. */
#define REPORT_LINES 20

/* What a worker's parent knows of its death. */
struct death {
	int wait_status;
	struct rusage usage; /* of the worker and of what it has waited for, from its start on */
	bool has_usage;
	bool is_command;     /* not the worker's but that of the command that it ran, and so is the usage */
	enum oom_answer oom;
};

/*
 * `death` NULL: nobody could wait for it. 0, PKS_NOT_FOUND when there is nothing to be told, PKS_ERR_MEMORY, or as a
 * read. Clear *value_out.
 */
int report_build(struct pks_object *process, const struct proc *worker, uint32_t attempt, const struct death *death,
		 struct pks_value *value_out);

#endif
