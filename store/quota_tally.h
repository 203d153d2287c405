/* SPDX-License-Identifier: MIT */
/* What a transaction adds to, and takes from, each limited namespace: first added up, then checked and written. */
#ifndef STORE_QUOTA_TALLY_H
#define STORE_QUOTA_TALLY_H

#include "quota_record.h"

/* Zeros are an empty one. */
struct tally {
	struct tally_entry *entries;
	size_t count, room;
};

/*
 * To all limited namespaces that the path is in: the top, and what stands before each of its slashes. The path must
 * live as long as the tally. `grows`: by what may not pass a limit of bytes.
 */
int tally_add(struct tally *tally, struct txn *txn, struct quota_path path, struct quota_size delta, bool grows);

/* Writes into the records what is used now; PKS_ERR_QUOTA. */
int tally_apply(struct tally *tally, struct txn *txn);

void tally_release(struct tally *tally);

#endif
