/* SPDX-License-Identifier: MIT */
/*
 * Verifying a store: whether every record follows store/FORMAT.md, and all of them agree.
 *
 *     static int print(const struct pks_finding *finding, void *arg)
 *     {
 *             printf("%s: %s\n", finding->path, finding->what);
 *             return 0;
 *     }
 *     ...
 *     int r = pks_check(store, NULL, print, NULL, NULL);    // 0: all is well; PKS_MISMATCH: something is wrong
 *
 * What is derived can be rebuilt: counts, sizes, the catalog and the index, the store's counters, and the settings that
 * submitted processes and daemons need. Of two objects with the same uuid the younger one gets another. What the user
 * stored is never deleted: records that have lost their object get one again, below `lost+found/`, and what can be
 * neither read nor rebuilt is left as it is and told.
 */
#ifndef PKSTORE_CHECK_H
#define PKSTORE_CHECK_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* What kind of thing is wrong. The names of pks_check_name() are these in lower case: "room", "meta", ... */
enum pks_check_code {
	PKS_CHECK_ROOM = 1,   /* a record outside the rooms that there are */
	PKS_CHECK_META,       /* a counter or setting of the store */
	PKS_CHECK_CATALOG,    /* the catalog and the objects' headers name different paths or objects */
	PKS_CHECK_INDEX,      /* likewise the index, or an entry is not where its process's state wants it */
	PKS_CHECK_HEADER,     /* an object's header: broken, missing where other records are, with another's uuid */
	PKS_CHECK_COUNT,      /* what a header counts, entries or bytes, is not what there is */
	PKS_CHECK_KEY,        /* a record under a key that its object's type does not have */
	PKS_CHECK_VALUE,      /* a value that is not CBOR as FORMAT.md wants it */
	PKS_CHECK_CONTENT,    /* records that each can be read, but not together: the chunks of a Log have a gap */
	PKS_CHECK_STATE,      /* the state that a type keeps beside its items: of a process, of a lock */
	PKS_CHECK_REFERENCE,  /* a reference to no object: not wrong in itself, dropped objects leave such behind */
};

/* "room", ... A constant string; "unknown" for anything else. */
PKS_EXPORT const char *pks_check_name(enum pks_check_code code);

/* One thing that is wrong, and where. All that it points to is valid during the call of report() only. */
struct pks_finding {
	enum pks_check_code code;
	bool is_note;       /* not wrong in itself, see PKS_CHECK_REFERENCE: it does not make the store's check fail */
	const char *path;   /* the object's; "" when it has none, or when it is about the store as a whole. Any bytes */
	uint64_t id;        /* the object's; 0: about none */
	const void *key;    /* the record's whole key, as FORMAT.md describes it; NULL: about no single one */
	size_t key_size;
	const char *what;   /* a sentence without its full stop. May quote the store: any bytes */
	const char *repair; /* what repairing does about it, likewise; NULL: it is left alone */
};

/* All zero only looks. `options` may be NULL. */
struct pks_check_options {
	bool repair;          /* rebuild what is derived */
	uint64_t reserved[4]; /* zero */
};

/* How much was looked at and found. */
struct pks_check_result {
	uint64_t objects, records;
	uint64_t wrong;    /* findings but the notes */
	uint64_t notes;
	uint64_t repaired; /* of the wrong ones: something was done about them */
};

/*
 * Looks at every record of the store, in the order of the keys, over one snapshot: beside writers, which it never makes
 * wait, and with little memory: 16 bytes for each object. Inside a snapshot of the thread's own it looks at that
 * one. Calls report(finding, arg) for each finding; another answer than 0 ends the check and is forwarded. report() may
 * read from the store, not write to it; NULL: only the result is wanted. `result_out` may be NULL.
 *
 * With `repair`, what is wrong with one record of the catalog, the index or the meta room, or with one object, is
 * looked at again and repaired in a write transaction of its own, right after it was reported. Such a transaction reads
 * the whole object and writes its header and entries, so it keeps other writers waiting for as long as it takes to read
 * it. The findings' `repair` tells what is done in either case, so that a look without `repair` is a rehearsal of it.
 *
 * Returns 0 when nothing is wrong, or everything that was is repaired; PKS_MISMATCH when something is; what report()
 * returned; PKS_ERR_USAGE (the thread has a transaction open, or for a repair a snapshot), PKS_ERR_FORKED,
 * PKS_ERR_READERS, PKS_ERR_MEMORY, PKS_ERR_IO, PKS_ERR_CORRUPT (LMDB itself cannot read the file), and for a repair
 * what pks_begin() and pks_commit() return.
 */
PKS_EXPORT int pks_check(struct pks_store *store, const struct pks_check_options *options,
                         int (*report)(const struct pks_finding *finding, void *arg), void *arg,
                         struct pks_check_result *result_out);

PKS_END_DECLS
#endif
