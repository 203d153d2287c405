/* SPDX-License-Identifier: MIT */
/*
 * The engine on LMDB: moving the map to a larger one. Every pointer into the old one dies, so it happens with no
 * transaction open in the process, and those who would begin one meanwhile wait.
 */
#include "engine_lmdb.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

/* How long to wait for the transactions of other threads to end, in milliseconds: longer than any short one takes. */
#define MOVE_WAIT_MS 1000

static bool map_in_use(struct engine *engine)
{
	for (int i = 0; i < ENGINE_SLOTS; i++)
		if (atomic_load(&engine->slots[i].used))
			return true;
	return false;
}

static void map_let_go(struct engine *engine)
{
	atomic_store(&engine->remapping, false);
	pthread_cond_broadcast(&engine->moved);
}

/* Under the lock. Waits until the map is nobody's. */
static int map_seize(struct engine *engine)
{
	int64_t deadline = clock_deadline(MOVE_WAIT_MS);
	struct timespec until = {deadline / CLOCK_NS_PER_S, deadline % CLOCK_NS_PER_S};

	while (atomic_load(&engine->remapping))
		pthread_cond_wait(&engine->moved, &engine->lock);
	atomic_store(&engine->remapping, true);
	while (map_in_use(engine)) {
		if (pthread_cond_clockwait(&engine->moved, &engine->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
			continue;
		map_let_go(engine);
		return error_set(PKS_ERR_MAP_FULL,
		                 "%s: the map must grow, and cannot while this process has other transactions open",
		                 engine->path);
	}
	return 0;
}

/* LMDB gives the old map up before it asks for the new one, and would be left with none. */
static bool map_fits(size_t size)
{
	void *room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		return false;
	munmap(room, size);
	return true;
}

/* What the last commit needs; another process with a larger map may have made it. */
static size_t map_needed(const MDB_envinfo *info, struct engine *engine)
{
	MDB_stat stat;

	mdb_env_stat(engine->env, &stat);
	return (info->me_last_pgno + 1) * stat.ms_psize;
}

static int map_move(struct engine *engine, size_t wanted)
{
	MDB_envinfo info;
	size_t size, needed;

	mdb_env_info(engine->env, &info);
	needed = map_needed(&info, engine);
	for (size = info.me_mapsize; size < needed || size < wanted; size *= 2)
		if (size > SIZE_MAX / 2)
			return error_set(PKS_ERR_MAP_FULL, "%s: the map cannot grow any more", engine->path);
	if (size == info.me_mapsize)
		return 0; /* another thread was faster */
	if (!map_fits(size))
		return error_set(PKS_ERR_MAP_FULL, "%s: no address space for a map of %zu bytes", engine->path, size);
	return engine_result(engine, mdb_env_set_mapsize(engine->env, size));
}

int engine_remap(struct engine *engine, size_t size)
{
	int r;

	pthread_mutex_lock(&engine->lock);
	r = map_seize(engine);
	if (r == 0) {
		r = map_move(engine, size);
		map_let_go(engine);
	}
	pthread_mutex_unlock(&engine->lock);
	return r;
}

/*
 * mdb_env_info() reads the meta pages, so it is for transactions and for holders of the lock, under which all moves
 * happen: between munmap(2) and mmap(2) there is nothing to read. The reader table is in another map, which stays.
 */
static size_t map_size(struct engine *engine)
{
	MDB_envinfo info;

	pthread_mutex_lock(&engine->lock);
	mdb_env_info(engine->env, &info);
	pthread_mutex_unlock(&engine->lock);
	return info.me_mapsize;
}

int engine_grow(struct engine *engine)
{
	size_t size;
	int dead;

	/* Dead readers may be what keeps the pages from being used again. */
	mdb_reader_check(engine->env, &dead);
	size = map_size(engine);
	if (size > SIZE_MAX / 2)
		return error_set(PKS_ERR_MAP_FULL, "%s: the map cannot grow any more", engine->path);
	return engine_remap(engine, size * 2);
}

int engine_begin_opening(struct engine *engine, MDB_txn **txn_out)
{
	int r = MDB_MAP_RESIZED;

	for (int attempt = 0; attempt < RESIZE_TRIES && r == MDB_MAP_RESIZED; attempt++) {
		r = mdb_txn_begin(engine->env, NULL, MDB_RDONLY, txn_out);
		if (r == MDB_MAP_RESIZED && engine_remap(engine, 0) != 0)
			break;
	}
	return r;
}
