/* SPDX-License-Identifier: MIT */
/*
 * Whether the kernel's out-of-memory killer killed a worker. It tells only how many processes of a control group it has
 * killed, so the answer is taken from that: a SIGKILL that came together with one more of its kills was one of them.
 * Somebody else's SIGKILL within two seconds of such a kill in the same group cannot be told from it.
 */
#ifndef RUNTIME_OOM_H
#define RUNTIME_OOM_H

#include <pkstore/store.h>

#include <stdbool.h>
#include <stdint.h>

enum oom_answer { OOM_UNKNOWN, OOM_NO, OOM_YES };

struct oom {
	char path[PKS_STORE_PATH_SIZE]; /* the file that counts the kills; "" when there is none to be read */
	uint64_t seen; /* kills that are no answer to anything that is asked from now on */
	uint64_t last; /* at the last tick: the next one makes it `seen` */
};

/* The number behind "oom_kill " in such a file. False when it has none. */
bool oom_count(const char *path, uint64_t *count_out);

/* Finds the file of this process's control group, and looks at it. */
void oom_begin(struct oom *oom);
void oom_begin_at(struct oom *oom, const char *path);
/* Once a second: kills that no death was told for are somebody else's. */
void oom_tick(struct oom *oom);
/* A child of this process was killed by SIGKILL. */
enum oom_answer oom_ask(struct oom *oom);

#endif
