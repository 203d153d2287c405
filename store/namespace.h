/* SPDX-License-Identifier: MIT */
/* What the calls on whole namespaces share. */
#ifndef STORE_NAMESPACE_H
#define STORE_NAMESPACE_H

#include "keys.h"
#include "quota.h"

/* Checks a namespace's path; NULL and "" are the top. */
int namespace_check(struct pks_store *store, const char *path, struct quota_path *namespace_out);

/* The beginning of its objects' keys in the catalog. */
void namespace_prefix(struct key *key, struct quota_path namespace);

/*
 * The first object in the namespace whose key in the catalog is not before `from`: its key, of which *from is moved
 * behind. PKS_NOT_FOUND: there is none.
 */
int namespace_next(struct txn *txn, struct quota_path namespace, struct key *from, struct key *key_out,
                   uint64_t *id_out);

/* The first limit at or in the namespace. PKS_NOT_FOUND. */
int namespace_limit(struct txn *txn, struct quota_path namespace, char path_out[PKS_PATH_MAX + 1],
                    struct quota *quota_out);
/* The next one behind *path, which is moved. */
int namespace_limit_next(struct txn *txn, struct quota_path namespace, char path[PKS_PATH_MAX + 1],
                         struct quota *quota_out);

static inline struct quota_path namespace_path(const char *text)
{
	return (struct quota_path){text, strlen(text)};
}

#endif
