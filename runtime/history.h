/* SPDX-License-Identifier: MIT */
/*
 * The earlier attempts of a process: its attribute `history`, a list of maps, oldest first, of the last HISTORY_MAX. A
 * restart moves there what the attempt that has ended leaves in the process's own state and attributes.
 */
#ifndef RUNTIME_HISTORY_H
#define RUNTIME_HISTORY_H

#include "process_state.h"

#define HISTORY_ATTR "history"

/* So many tell what usually happens to it, and fit a page or two. */
#define HISTORY_MAX 16

/* An earlier attempt's error is cut here, in bytes. */
#define HISTORY_ERROR_MAX 1024

/* Inside the transaction of the restart, before the state moves. */
int history_add(struct pks_object *process, const struct process_state *state);
/* What an ended one tells, and one that was loaded from a dump until it is started here. */
#define HISTORY_ERROR_ATTR "error"
#define HISTORY_RESULT_ATTR "result"
/* Before the first start of one that has any of them: forgets them. */
int history_forget(struct pks_object *process);

#endif
