/* SPDX-License-Identifier: MIT */
/*
 * Limits of namespaces: what a transaction changes of the sizes that the records (quota_record.h) keep.
 *
 * Both the number of the objects in a namespace and their bytes come from the catalog and from headers, which change in
 * the same transaction as the records: so the differences are taken where headers are written, at the commit, by
 * comparing each object that the transaction changed with how it found it. Within a transaction a record says what was
 * used when the transaction began; what changes a record in between (a limit that is set, a namespace that is renamed)
 * keeps to that.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "quota_record.h"

/* For the commit, when the headers are written: keeps what is used, or PKS_ERR_QUOTA. */
int quota_flush(struct txn *txn);

/* Sets, changes or (twice 0) takes away the limits. */
int quota_set(struct txn *txn, struct quota_path namespace, uint64_t objects, uint64_t bytes);
/* What is in the namespace now, as the transaction sees it, by looking at all of it. */
int quota_count(struct txn *txn, struct quota_path namespace, struct quota_size *size_out);
/* What the transaction has changed in it so far. */
struct quota_size quota_delta(const struct txn *txn, struct quota_path namespace);

/*
 * For a namespace that moves as a whole, without its objects passing through the transaction's states. Takes the size
 * from all that `from` is in, and adds it to all that `to` is in; PKS_ERR_QUOTA. Not to them themselves:
 * quota_recount() is for the limits at and in `to`.
 */
int quota_shift(struct txn *txn, struct quota_path from, struct quota_path to, struct quota_size size);
/* Counts anew what is in a namespace with a limit. PKS_ERR_QUOTA when that is more than before, and too much. */
int quota_recount(struct txn *txn, struct quota_path namespace, struct quota *quota);

#endif
