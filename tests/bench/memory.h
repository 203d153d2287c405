/* SPDX-License-Identifier: MIT */
/* What processes take in memory, from /proc/PID/smaps_rollup and /proc/PID/status. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

struct memory {
	unsigned processes;
	/* Bytes, of all of them together; resident: code and data, without pages of the store on /dev/shm. */
	uint64_t pss, private, resident;
};

/* Of the children of a process. 0, or -1 when it has none or they cannot be read. */
int memory_of_children(int64_t parent, struct memory *memory_out);

#endif
