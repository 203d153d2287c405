/* SPDX-License-Identifier: MIT */
/*
 * The control of the pool: the same records put and deleted in plain LMDB by as many processes, which wake each other
 * with semaphores. Each item is submitted by a commit; a worker ends one and claims the next in one commit.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>

/*
 * Nanoseconds per item, from the first submission to the last end. `one_by_one`: the next one is submitted when the
 * one before has ended.
 */
double pipeline_run(unsigned workers, unsigned items, bool one_by_one);

#endif
