/* SPDX-License-Identifier: MIT */
/*
 * What a worker is told in its environment (worker_mode.h):
 *
 *     PKSTORE_WORKER=run SLOT SUPERVISOR CLAIMED SIZE OUTFIT RUNS ONLY DIRECT AGAIN POOL/STORE
 *                                                          be a worker of POOL in STORE; CLAIMED is the process that
 *                                                          was claimed for this program already, or 0; SIZE is that of
 *                                                          pools whose size was never set; OUTFIT is the mark of the
 *                                                          settings that it was started with; RUNS is how many
 *                                                          processes this worker has run; ONLY is the process that
 *                                                          it is to run, in no pool, or 0; DIRECT is the start method
 *                                                          by which its parent is not the supervisor but who starts
 *                                                          it, and is told by ORDER_WORD_FD, or 0; AGAIN is 1
 *                                                          if that one restarts it, or 0
 *     PKSTORE_WORKER=forkserver SUPERVISOR SIZE LENGTH STORE MODULE
 *                                                          load MODULE, or be it, and fork workers as forkserver.h
 *                                                          has it; LENGTH is that of STORE, in bytes
 *     PKSTORE_WORKER=list MODULE                           write the names of the handlers to ORDER_LIST_FD: those of
 *                                                          the shared object MODULE, or of this program itself if none
 */
#ifndef RUNTIME_ORDER_H
#define RUNTIME_ORDER_H

#include "pool_name.h"

/* Where a list is written to: not stdout, on which a program may have a word of its own. */
#define ORDER_LIST_FD 3
/*
 * The list's first byte; without it the program never entered pks_worker_main(). A name, or the reason, ends with a
 * NUL.
 */
#define ORDER_LIST_NAMES '+'
#define ORDER_LIST_REASON '-'

/*
 * Where a child of who starts a process tells that it has claimed it; else ORDER_LIST_REASON and why not. Without
 * either it has died before.
 */
#define ORDER_WORD_FD 3
#define ORDER_WORD_CLAIMED '+'

enum order_kind { ORDER_RUN, ORDER_LIST, ORDER_FORKSERVER };

struct order {
	enum order_kind kind;
	unsigned slot;
	int64_t supervisor; /* its pid: the parent of its workers */
	uint64_t claimed;
	unsigned size_default;
	uint64_t outfit, runs;
	uint64_t only;
	unsigned direct; /* enum pks_method */
	unsigned again;  /* whether it is a restart, if direct */
	char pool[POOL_NAME_SIZE];
	char path[PKS_STORE_PATH_SIZE]; /* the store, or of a list the module */
	char module[PKS_STORE_PATH_SIZE]; /* of a forkserver */
};

/* The variable, NAME=value; the two longest paths, or one and the longest pool, and nine numbers. */
#define ORDER_SIZE (2 * PKS_STORE_PATH_SIZE + 192)

void order_format(const struct order *order, char text_out[ORDER_SIZE]);
/* Where the module begins in the value of a forkserver's order; PKS_ERR_USAGE when it is none. */
int order_module(const char *order, size_t *at_out);
/* Takes the order out of the environment. 0, PKS_NOT_FOUND when there is none, PKS_ERR_USAGE when it is malformed. */
int order_take(struct order *order_out);

#endif
