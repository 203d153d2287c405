/* SPDX-License-Identifier: MIT */
/*
 * The control of the pool: the same records put and deleted in plain LMDB by as many processes, which wake each other
 * with semaphores. So many items are submitted by each commit; a worker ends what it had claimed and claims the next in
 * one commit.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdbool.h>

/* The most that a worker claims at a time. */
#define PIPELINE_CLAIM_MAX 64

struct pipeline {
	unsigned workers, items;
	unsigned submit;  /* items per commit */
	unsigned claim;   /* likewise, at most */
	bool one_by_one;  /* the next one is submitted when the one before has ended */
};

/* Nanoseconds per item, from the first submission to the last end. */
double pipeline_run(const struct pipeline *pipeline);

#endif
