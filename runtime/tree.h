/* SPDX-License-Identifier: MIT */
/*
 * The tree of a running process: the Unix processes that came from its worker, wherever they are by now. They are found
 * as descendants, and where one in between has ended or detached itself, by the worker's mark in their environment
 * (sweep.h), or as members of its process group as long as that cannot be anybody else's: until it was waited for. What
 * an earlier process of the same worker has left behind counts as well: nothing tells the two apart, and it ends with
 * the worker as all of them do.
 */
#ifndef RUNTIME_TREE_H
#define RUNTIME_TREE_H

#include "base/buffer.h"
#include "base/proc.h"

#include <stdbool.h>

struct tree_member {
	struct proc proc;
	int pidfd; /* a pid could be somebody else's by the time that it is signalled */
};

struct tree {
	struct buffer members; /* struct tree_member each */
};

/*
 * Finds them, but for the worker itself and the calling process. `mark` is the worker's own, NAME=value; "" if it has
 * none. Release it, whatever it finds: without memory, or descriptors, for all of them there are fewer.
 */
void tree_collect(const struct proc *worker, const char *mark, struct tree *tree_out);
/* Takes those out that the other one has, too; returns whether any are left. */
bool tree_subtract(struct tree *tree, const struct tree *other);
bool tree_is_empty(const struct tree *tree);
/* Whether one of those that were found has not ended yet. */
bool tree_lives(const struct tree *tree);
/* Waits until none of them does, or for the time. */
void tree_wait(const struct tree *tree, int timeout_ms);
void tree_signal(const struct tree *tree, int signal_number);
void tree_release(struct tree *tree);

#endif
