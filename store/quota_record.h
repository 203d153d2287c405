/* SPDX-License-Identifier: MIT */
/*
 * Records of limits. Each limited namespace has one in the meta room: its limits, and what is in it now (FORMAT.md,
 * "Room 1"). The counter `limits` says how many such records there are, so that a store without any pays one look for a
 * commit that changes sizes, and nothing for others.
 *
 * Invariant: at every commit, what a record says is used is the number of the objects in the namespace, and the sum of
 * the bytes in their headers. Keeping it is the callers' (quota.h).
 */
#ifndef STORE_QUOTA_RECORD_H
#define STORE_QUOTA_RECORD_H

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

/* How many there are. */
int quota_records(struct txn *txn, uint64_t *count_out);

/* PKS_NOT_FOUND. */
int quota_find(struct txn *txn, struct quota_path namespace, struct quota *quota_out);
/* The first limited namespace whose path is not before `from`: PKS_NOT_FOUND. *path_out has room for the longest. */
int quota_next(struct txn *txn, struct quota_path from, char *path_out, struct quota *quota_out);

/* A new record; in the place of the one there is; away with it. */
int quota_add(struct txn *txn, struct quota_path namespace, const struct quota *quota);
int quota_put(struct txn *txn, struct quota_path namespace, const struct quota *quota);
int quota_remove(struct txn *txn, struct quota_path namespace);

/*
 * PKS_ERR_QUOTA when `used` is more than the record says, and more than its limit; of bytes only when it `grows` by
 * what may not pass that limit.
 */
int quota_check(const struct quota *quota, struct quota_path namespace, struct quota_size used, bool grows);

/* PKS_ERR_CORRUPT, with the message that names what is damaged. */
int quota_damaged(const struct txn *txn, struct quota_path namespace);

#endif
