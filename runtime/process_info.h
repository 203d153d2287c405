/* SPDX-License-Identifier: MIT */
/* What a process tells about itself, put together from its header, its state and its target. */
#ifndef RUNTIME_PROCESS_INFO_H
#define RUNTIME_PROCESS_INFO_H

#include <pkstore/process.h>

/* As pks_process_info(), in the thread's snapshot or transaction, which there must be. */
int process_info_read(struct pks_object *process, struct pks_process_info *info_out);

#endif
