/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "base/error.h"
#include "layer.h"
#include "lock.h"
#include "parent.h"
#include "supervisor_start.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A start whose supervisor is killed half-way is tried again so often; one that is killed every time is given up. */
#define START_TRIES 3

static void release(void *data)
{
	struct pool *pool = data;

	children_release(&pool->children);
	functions_release(&pool->functions);
	close(pool->lock_fd);
	pthread_mutex_destroy(&pool->starting);
	free(pool);
}

static struct pool *pool_new(struct pks_store *store)
{
	struct pool *pool = malloc(sizeof(*pool));
	struct pks_store_stat stat;
	struct proc self;
	int r = pool ? pks_store_stat(store, &stat) : error_set(PKS_ERR_MEMORY, "out of memory");

	if (r == 0)
		r = lock_open(pks_store_path(store), &pool->lock_fd);
	if (r < 0) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->starting, NULL);
	children_init(&pool->children);
	functions_init(&pool->functions);
	memcpy(pool->uuid, stat.uuid, sizeof(pool->uuid));
	within_read(pool->uuid, &pool->within);
	pool->creator = proc_of(getpid(), &self) == 0 ? parent_number(&self) : 0;
	return pool;
}

struct pool *pool_of(struct pks_store *store)
{
	struct pool *pool = layer_data(store, LAYER_POOL), *set;

	if (pool)
		return pool;
	pool = pool_new(store);
	if (!pool)
		return NULL;
	set = layer_set_data(store, LAYER_POOL, pool, release);
	if (set != pool)
		release(pool);
	return set;
}

/*
 * pool.lock can be deleted at any time. The descriptor's number stays, since other threads may be using it: the new
 * file is put behind it.
 */
static void follow_lock(struct pks_store *store, struct pool *pool)
{
	int fd;

	if (!lock_is_gone(pool->lock_fd) || lock_open(pks_store_path(store), &fd) < 0)
		return;
	dup3(fd, pool->lock_fd, O_CLOEXEC);
	close(fd);
}

bool pool_is_up(struct pks_store *store)
{
	struct pool *pool = pool_of(store);

	if (!pool)
		return false;
	follow_lock(store, pool);
	return lock_is_held(pool->lock_fd);
}

/*
 * A supervisor that finds the lock taken is content and ends, so it does no harm that several programs start one at
 * once; the threads of one program need not.
 */
static int start(struct pks_store *store, struct pool *pool)
{
	int r = PKS_ERR_POOL;

	for (int i = 0; i < START_TRIES && !pool_is_up(store); i++) {
		r = supervisor_start(store, pool);
		if (r != PKS_ERR_CONFLICT)
			return r;
	}
	return pool_is_up(store)
		   ? 0
		   : error_set(PKS_ERR_POOL, "%s: the supervisor was killed while it started", pks_store_path(store));
}

int pool_ensure(struct pks_store *store)
{
	struct pool *pool;
	int r = 0;

	if (pool_is_up(store))
		return 0;
	pool = pool_of(store);
	if (!pool)
		return error_set(PKS_ERR_POOL, "%s", pks_error_message());
	pthread_mutex_lock(&pool->starting);
	if (!pool_is_up(store))
		r = start(store, pool);
	pthread_mutex_unlock(&pool->starting);
	return r;
}

void pool_mark(const char *uuid, char mark_out[POOL_MARK_SIZE])
{
	snprintf(mark_out, POOL_MARK_SIZE, POOL_MARK_ENV "=%s", uuid);
}

void pool_mark_worker(const char *uuid, const struct proc *supervisor, const char *pool, unsigned slot,
		      char mark_out[POOL_MARK_SIZE])
{
	snprintf(mark_out, POOL_MARK_SIZE, POOL_MARK_ENV "=%s/%" PRId64 ".%" PRIu64 "/%u.%s", uuid, supervisor->pid,
		 supervisor->start, slot, pool);
}

void pool_mark_forkserver(const char *uuid, const struct proc *supervisor, unsigned number,
			  char mark_out[POOL_MARK_SIZE])
{
	snprintf(mark_out, POOL_MARK_SIZE, POOL_MARK_ENV "=%s/%" PRId64 ".%" PRIu64 "/" POOL_MARK_FORKSERVER "%010u",
		 uuid, supervisor->pid, supervisor->start, number);
}

/* What is shorter leaves empty variables behind. */
void pool_mark_take(const char *mark)
{
	char *present = getenv(POOL_MARK_ENV);
	const char *value = mark + sizeof(POOL_MARK_ENV);
	size_t size = present ? strlen(present) : 0;

	if (strlen(value) > size)
		return;
	memset(present, '\0', size);
	memcpy(present, value, strlen(value));
}
