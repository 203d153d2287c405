/* SPDX-License-Identifier: MIT */
/*
 * How a pool's workers are: the map under its setting `workers`, in which a name that is not there has its default.
 *
 * A worker knows what it was started with by the mark of the map: when the pool's is another one between two processes,
 * it leaves, and its successor is started with the new one. The environment is the supervisor's to give, since programs
 * read it when they begin; the rest a worker sets for itself before it does anything else.
 */
#ifndef RUNTIME_POOL_OUTFIT_H
#define RUNTIME_POOL_OUTFIT_H

#include "pool_name.h"

#include <pkstore/value.h>

#include <sched.h>

struct pool_outfit {
	struct pks_value map; /* as stored, or {0}; what is borrowed here is a part of it */
	uint64_t mark;        /* of the map: 0 for none */
	uint64_t max_processes, max_bytes; /* 0: no limit */
	char *cwd;                         /* NULL: / */
	struct pks_value env;              /* borrowed; {0}: nothing to change */
	bool has_nice, has_cpus;
	int nice;
	cpu_set_t cpus;
};

/* 0, PKS_ERR_CORRUPT with a message that names the setting, or as a read. Release it, also after a failure. */
int pool_outfit_read(struct pks_store *store, const char *pool, struct pool_outfit *outfit_out);
void pool_outfit_release(struct pool_outfit *outfit);

/* The mark alone, for a worker between two processes. Fails as a read. */
int pool_outfit_mark(struct pks_store *store, const char *pool, uint64_t *mark_out);

/*
 * What to set in the environment, NAME=value or NAME to remove, behind the strings that `first` ends with a NULL. To be
 * freed with pool_outfit_free_env(), which frees all but those. NULL: out of memory.
 */
char **pool_outfit_env(const struct pool_outfit *outfit, const char *const *first);
void pool_outfit_free_env(char **env, const char *const *first);

/* Whether there is such a setting. */
bool pool_outfit_has(const char *setting);
/* pool_outfit_check_linux.c: whether the setting can be set to that, here and now. 0, or as pks_pool_set(). */
int pool_outfit_check(const char *setting, const struct pks_value *value);

#endif
