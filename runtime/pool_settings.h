/* SPDX-License-Identifier: MIT */
/* What the store remembers about its pool: settings in the meta room. */
#ifndef RUNTIME_POOL_SETTINGS_H
#define RUNTIME_POOL_SETTINGS_H

#include "pool.h"
#include "process_key.h"

/* "pool/default/size": an integer. Without it: max(POOL_SIZE_LEAST, CPUs). */
#define POOL_SETTING_SIZE "pool/" POOL_NAME "/size"
#define POOL_SIZE_LEAST 4

/* "pool/default/supervisor": [pid, start, boot], as of a worker in a process's state. */
#define POOL_SETTING_SUPERVISOR "pool/" POOL_NAME "/supervisor"

#endif
