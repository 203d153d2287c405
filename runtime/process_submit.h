/* SPDX-License-Identifier: MIT */
/* Putting a process where a worker finds it: what a start and a restart have in common. */
#ifndef RUNTIME_PROCESS_SUBMIT_H
#define RUNTIME_PROCESS_SUBMIT_H

#include "process_state.h"

/*
 * EVENT_SUBMIT or EVENT_RESTART, as pks_process_start() says. PKS_ERR_STATE when its status does not allow the event.
 */
int process_submit(struct pks_object *process, enum process_event event);

#endif
