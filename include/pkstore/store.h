/* SPDX-License-Identifier: MIT */
/*
 * A store: one directory of objects that all programs on the machine share.
 *
 *     struct pks_store *store = pks_store_open(NULL, NULL);     // the default store, created if need be
 *     ...
 *     pks_store_close(store);
 *
 * Handles may be shared between threads. A process that forks must open the store again in the child: there every
 * call on an inherited handle returns PKS_ERR_FORKED.
 */
#ifndef PKSTORE_STORE_H
#define PKSTORE_STORE_H

#include <pkstore/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PKS_BEGIN_DECLS

struct pks_store;

/* How to open a store or an object. */
enum pks_mode {
	PKS_OPEN_OR_CREATE = 0,
	PKS_MUST_EXIST = 1,
	PKS_MUST_CREATE = 2,
};

/* What a commit survives. A property of the store, chosen when it is created. */
enum pks_durability {
	PKS_DURABILITY_DEFAULT = 0, /* full for a new store; whatever it has for an existing one */
	PKS_DURABILITY_FULL = 1,    /* every commit is synced; in memory (tmpfs) there is nothing to sync with */
	PKS_DURABILITY_RELAXED = 2, /* a power loss may undo the last commits, never more (LMDB's MDB_NOMETASYNC) */
	PKS_DURABILITY_NONE = 3,    /* a power loss may lose the store (MDB_NOSYNC); a process's death loses nothing */
};

/* The largest path of a store's directory, in bytes with the final NUL. */
#define PKS_STORE_PATH_SIZE 4096

/* A UUID as text, in bytes with the final NUL (RFC 4122). */
#define PKS_UUID_SIZE 37

/* Options of pks_store_open(). All zero is the default. */
struct pks_store_options {
	enum pks_mode mode;
	enum pks_durability durability; /* of an existing store: PKS_ERR_USAGE unless the default or its own */
	bool read_only;                 /* writes are refused with PKS_ERR_READ_ONLY; never creates. Needs the files
	                                 * readable, and lock.mdb writable unless the filesystem is read-only */
	bool allow_network;             /* a network filesystem is refused unless this is set: LMDB's locks do not reach
	                                 * across machines (lmdb.h, "Caveats") */
	uint64_t map_size;              /* address space to reserve, in bytes; of a new store. 0: 1 TiB, or as much as
	                                 * there is; $PKSTORE_MAP_SIZE overrules it. A full map grows by itself. */
	uint32_t busy_timeout_ms;       /* how long a write waits for another writer; 0: 30,000 */
	uint64_t reserved[8];           /* zero */
};

/*
 * Opens the store in the directory `path`, and creates it first if the mode allows; NULL is the default store:
 * $PKSTORE_PATH, else /dev/shm/pkstore-<uid>. `options` may be NULL. One process has one environment per directory,
 * however it was spelled: opening it again returns the same handle, counted. Missing parent directories are created,
 * mode 0700, and stay. A store is created in an existing directory if it is empty, which keeps its mode.
 *
 * Returns the handle, to be closed with pks_store_close(), or NULL and in pks_error_code(): PKS_NOT_FOUND
 * (PKS_MUST_EXIST), PKS_EXISTS (PKS_MUST_CREATE), PKS_ERR_FORMAT (a directory that is no store, a foreign LMDB
 * environment, a symbolic link to nothing, a store of a newer format), PKS_ERR_CORRUPT (a truncated or damaged
 * file), PKS_ERR_ACCESS (permissions; or a directory that is not the caller's own or that others may write: whoever
 * writes a store has code run by its owner; and not even root creates one in somebody else's), PKS_ERR_USAGE,
 * PKS_ERR_NO_SPACE, PKS_ERR_IO, PKS_ERR_MEMORY. Nothing else is changed when it fails.
 *
 * Any thread. Blocks while another process opens or closes the same store: a few milliseconds.
 */
PKS_EXPORT struct pks_store *pks_store_open(const char *path, const struct pks_store_options *options);

/*
 * Gives one opening back; the last one closes the store, ends the calling thread's open transaction by aborting
 * it, and frees every handle to its objects that is still open. NULL does nothing. No other thread may be using the
 * store then. In a forked child it only frees memory.
 */
PKS_EXPORT void pks_store_close(struct pks_store *store);

/* The store's directory, absolute. Valid until the store is closed. */
PKS_EXPORT const char *pks_store_path(const struct pks_store *store);

/*
 * Writes the path of the default store to `path`. Returns 0, or PKS_ERR_LIMIT if it is longer than `size`.
 */
PKS_EXPORT int pks_store_default_path(char *path, size_t size);

/* A process that keeps pages of the store from being reused, because it reads an old snapshot. */
struct pks_store_reader {
	int64_t pid;
	uint64_t snapshots;    /* how many it holds */
	uint64_t age;          /* commits since the oldest of them */
	uint64_t age_ns;       /* for at least so long it has not been the latest any more; 0: it is, or not known */
	uint64_t pinned_bytes; /* what was written since then, at most: none of it can be reused */
};

#define PKS_STORE_READERS_MAX 16

/* What pks_store_stat() tells. Sizes are in bytes. */
struct pks_store_stat {
	char uuid[PKS_UUID_SIZE];
	enum pks_durability durability;
	uint32_t format;          /* the version of store/FORMAT.md */
	uint64_t objects;         /* how many */
	uint64_t last_commit;     /* LMDB's transaction id: counts the commits */
	uint64_t map_size;
	uint64_t used;            /* pages in use, in bytes; the file never shrinks */
	uint64_t file;            /* the file's length */
	uint32_t readers_max;     /* reader slots */
	uint32_t readers_used;
	int64_t writer_pid;       /* who holds the write lock now; 0: nobody, -1: a program that does not say */
	uint64_t writer_since_ns; /* since when, nanoseconds since 1970 */
	size_t reader_count;      /* how many of readers[] follow: those with the oldest snapshots, which pin most */
	struct pks_store_reader readers[PKS_STORE_READERS_MAX];
};

/*
 * Measures the store. Also removes the reader slots of dead processes (mdb_reader_check). Any thread, does not block.
 * Returns 0, PKS_ERR_FORKED, or what a read returns.
 */
PKS_EXPORT int pks_store_stat(struct pks_store *store, struct pks_store_stat *stat_out);

PKS_END_DECLS
#endif
