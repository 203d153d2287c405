/* SPDX-License-Identifier: MIT */
/*
 * Limits of namespaces. Each limited namespace has a record in the meta room: its limits, and what is in it now
 * (FORMAT.md, "Room 1"). The counter `limits` says how many such records there are, so that a store without any pays
 * one look for a commit that changes sizes, and nothing for others.
 *
 * Invariant: at every commit, what a record says is used is the number of the objects in the namespace, and the sum of
 * the bytes in their headers. Both come from the catalog and from headers, which change in the same transaction: so the
 * differences are taken where headers are written, at the commit, by comparing each object that the transaction changed
 * with how it found it. Within a transaction a record says what was used when the transaction began; what changes a
 * record in between (a limit that is set, a namespace that is renamed) keeps to that.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "txn.h"

/* Of an object's path or a namespace's: a text that need not end with a NUL. */
struct quota_path {
	const char *text;
	size_t size;
};

/* Signed, as the difference of two sizes is one, too. */
struct quota_size {
	int64_t objects, bytes;
};

struct quota {
	uint64_t limit_objects, limit_bytes; /* 0: none */
	struct quota_size used;
};

/* For the commit, when the headers are written: keeps what is used, or PKS_ERR_QUOTA. */
int quota_flush(struct txn *txn);

/* PKS_NOT_FOUND. */
int quota_find(struct txn *txn, struct quota_path namespace, struct quota *quota_out);
/* Sets, changes or (twice 0) takes away the limits. */
int quota_set(struct txn *txn, struct quota_path namespace, uint64_t objects, uint64_t bytes);
/* What is in the namespace now, as the transaction sees it, by looking at all of it. */
int quota_count(struct txn *txn, struct quota_path namespace, struct quota_size *size_out);
/* What the transaction has changed in it so far. */
struct quota_size quota_delta(const struct txn *txn, struct quota_path namespace);
/* The first limited namespace whose path is not before `from`: PKS_NOT_FOUND. *path_out has room for the longest. */
int quota_next(struct txn *txn, struct quota_path from, char *path_out, struct quota *quota_out);
/* Takes the record away. */
int quota_remove(struct txn *txn, struct quota_path namespace);

/*
 * For a namespace that moves as a whole, without its objects passing through the transaction's states. Takes the size
 * from all that `from` is in, and adds it to all that `to` is in; PKS_ERR_QUOTA. Not to them themselves:
 * quota_recount() is for the limits at and in `to`.
 */
int quota_shift(struct txn *txn, struct quota_path from, struct quota_path to, struct quota_size size);
/* Counts anew what is in a namespace with a limit. PKS_ERR_QUOTA when that is more than before, and too much. */
int quota_recount(struct txn *txn, struct quota_path namespace, struct quota *quota);

#endif
