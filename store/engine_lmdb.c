/* SPDX-License-Identifier: MIT */
/* The engine on LMDB: opening, closing, and what its codes mean. */
#include "engine_lmdb.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The address space to reserve by default, in bytes: costs nothing until it is used, and is never outgrown. */
#define MAP_DEFAULT ((size_t)1 << 40)

/* The smallest map, in bytes: the first commit needs a few pages, and doubling soon gets anywhere. */
#define MAP_MIN ((size_t)1 << 20)

/* LMDB's lock file with ENGINE_READERS slots: a slot is 64 bytes, what stands before the second one 192. */
#define LOCK_FILE_SIZE (192 + (ENGINE_READERS - 1) * 64)

/* How often to open anew when another opener died half-way; each takes that one's death at just that instant. */
#define OPEN_ATTEMPTS 16

/* A commit that ends with a short write gets EIO from LMDB, whatever the reason; mostly it is this one. */
static bool engine_disk_full(struct engine *engine)
{
	struct statvfs fs;

	return fstatvfs(engine->file, &fs) == 0 && fs.f_bavail == 0;
}

int engine_result(struct engine *engine, int code)
{
	const char *path = engine->path;

	switch (code) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
		return PKS_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_MAP_RESIZED:
		return error_set(PKS_ERR_MAP_FULL, "%s: the map is full", path);
	case MDB_READERS_FULL:
		return error_set(PKS_ERR_READERS, "%s: every reader slot is taken by a living process", path);
	case MDB_TXN_FULL:
		return error_set(PKS_ERR_LIMIT, "%s: the transaction changes too many pages", path);
	case MDB_BAD_VALSIZE:
		return error_set(PKS_ERR_LIMIT, "%s: a key is not 1 to %d bytes long", path, ENGINE_KEY_MAX);
	case MDB_BAD_TXN:
		return error_set(PKS_ERR_ABORTED, "%s: something in the transaction failed", path);
	case MDB_VERSION_MISMATCH:
		return error_set(PKS_ERR_FORMAT, "%s: data.mdb or lock.mdb is of another version of LMDB", path);
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:
		return error_set(PKS_ERR_CORRUPT, "%s: data.mdb is damaged: %s", path, mdb_strerror(code));
	case MDB_PANIC:
		return error_set(PKS_ERR_IO, "%s: a commit failed half-way; close the store and open it again", path);
	case MDB_BAD_RSLOT:
		return error_set(PKS_ERR_IO, "%s: its reader slot was taken away; was lock.mdb replaced?", path);
	case EAGAIN:
		return error_set(PKS_ERR_IO, "%s: another process of the same pid reads it, from another pid namespace",
		                 path);
	case EIO:
		if (engine_disk_full(engine))
			return error_set(PKS_ERR_NO_SPACE, "%s: the filesystem is full", path);
	}
	return code < 0 ? error_set(PKS_ERR_IO, "%s: %s", path, mdb_strerror(code)) : error_errno(code, "%s", path);
}

/* ---- opening ---- */

static unsigned engine_flags(const struct engine_config *config)
{
	unsigned flags = MDB_NOTLS;

	if (config->durability == PKS_DURABILITY_NONE || config->in_memory)
		flags |= MDB_NOSYNC;
	else if (config->durability == PKS_DURABILITY_RELAXED)
		flags |= MDB_NOMETASYNC;
	return config->read_only ? flags | MDB_RDONLY : flags;
}

/* LMDB's code. On any but 0 there is no environment. */
static int engine_env_open(struct engine *engine, const struct engine_config *config, size_t map_size)
{
	int r = mdb_env_create(&engine->env);

	if (r != 0)
		return r;
	mdb_env_set_userctx(engine->env, engine);
	mdb_env_set_maxreaders(engine->env, ENGINE_READERS);
	if (map_size > 0)
		mdb_env_set_mapsize(engine->env, map_size);
	r = mdb_env_open(engine->env, config->path, engine_flags(config), 0600);
	if (r != 0) {
		mdb_env_close(engine->env);
		engine->env = NULL;
	}
	return r;
}

static size_t engine_map_round(uint64_t size)
{
	size_t rounded = MAP_MIN;

	while (rounded < size && rounded <= SIZE_MAX / 2)
		rounded *= 2;
	return rounded;
}

/* The kernel says ENOMEM, valgrind EINVAL. */
static bool engine_no_room(int code)
{
	return code == ENOMEM || code == EINVAL;
}

/* As much of the map as the address space has room for. */
static int engine_env_fit(struct engine *engine, const struct engine_config *config)
{
	size_t size = config->map_size ? engine_map_round(config->map_size) : config->create ? MAP_DEFAULT : 0;
	int r = engine_env_open(engine, config, size);

	for (size = size ? size / 2 : MAP_DEFAULT; engine_no_room(r) && size >= MAP_MIN; size /= 2)
		r = engine_env_open(engine, config, size);
	return r;
}

/*
 * LMDB's first opener sets the shared commit counter to 0 and restores it a little later. If it died in between, we
 * would go on from there, and commits that were acknowledged would vanish. Our own openers cannot: the directory's
 * lock keeps them apart, and the next one is the first again. Others do not take that lock, so compare the counter,
 * which a read transaction takes its id from, with the last commit.
 *
 * One behind is no loss: a committer makes its commit visible just before it counts it. Where it died between the two,
 * the next writer counts it before it begins (mdb_mutex_failed in mdb.c). Only 0 is what an opener leaves, and a store
 * of ours is at commit 0 only while it is created.
 */
static int engine_env_sound(struct engine *engine, bool *sound_out)
{
	MDB_envinfo info;
	MDB_txn *txn;
	int r;

	mdb_env_info(engine->env, &info);
	r = engine_begin_opening(engine, &txn);
	if (r != 0)
		return r;
	r = mdb_dbi_open(txn, NULL, 0, &engine->dbi);
	*sound_out = mdb_txn_id(txn) + 1 >= info.me_last_txnid && (mdb_txn_id(txn) > 0 || info.me_last_txnid == 0);
	mdb_txn_abort(txn);
	return r;
}

static int engine_env_start(struct engine *engine, const struct engine_config *config)
{
	int dead;
	bool sound = false;

	for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
		int r = engine_env_fit(engine, config);

		if (r != 0)
			return engine_result(engine, r);
		mdb_env_get_fd(engine->env, &engine->file);
		mdb_reader_check(engine->env, &dead);
		r = engine_env_sound(engine, &sound);
		if (r != 0)
			return engine_result(engine, r);
		if (sound)
			return 0;
		mdb_env_close(engine->env);
		engine->env = NULL;
	}
	return error_set(PKS_ERR_BUSY, "%s: the commit counter is lost while a program that keeps no lock opens it",
	                 config->path);
}

static struct engine *engine_new(const struct engine_config *config)
{
	struct engine *engine = aligned_alloc(ENGINE_SLOT_ALIGN, sizeof(*engine));

	if (!engine)
		return NULL;
	memset(engine, 0, sizeof(*engine));
	engine->path = strdup(config->path);
	engine->read_only = config->read_only;
	engine->file = -1;
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->moved, NULL);
	for (int i = 0; i < ENGINE_SLOTS; i++)
		engine->slots[i].engine = engine;
	if (engine->path)
		return engine;
	free(engine);
	return NULL;
}

/*
 * LMDB makes its lock file sparse, and on a full tmpfs the first reader whose slot lies in a hole dies of SIGBUS. One
 * that is in use keeps its size: others have mapped just that. To open and close it here gives up no locks, since this
 * process has no environment on it.
 */
static int engine_fill_lock_file(const struct engine_config *config)
{
	char *name;
	struct stat st;
	int fd, r;

	if (config->read_only)
		return 0;
	if (asprintf(&name, "%s/lock.mdb", config->path) < 0)
		return error_set(PKS_ERR_MEMORY, "%s: out of memory", config->path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) != 0)
		r = errno;
	else
		r = posix_fallocate(fd, 0, st.st_size > 0 ? st.st_size : LOCK_FILE_SIZE);
	if (fd >= 0)
		close(fd);
	r = r == 0 ? 0 : error_errno(r, "%s", name);
	free(name);
	return r;
}

static int engine_start(struct engine *engine, const struct engine_config *config)
{
	int r = config->create ? 0 : engine_check_header(config->path);

	if (r == 0)
		r = engine_fill_lock_file(config);
	if (r < 0)
		return r;
	r = engine_env_start(engine, config);
	if (r < 0)
		return r;
	/* LMDB opens its lock file close-on-exec, but not this one. */
	fcntl(engine->file, F_SETFD, FD_CLOEXEC);
	engine_find_lock_file(engine);
	return engine_check_length(engine);
}

int engine_open(const struct engine_config *config, struct engine **engine_out)
{
	struct engine *engine = engine_new(config);
	int r;

	if (!engine)
		return error_set(PKS_ERR_MEMORY, "%s: out of memory", config->path);
	r = engine_start(engine, config);
	if (r < 0) {
		engine_close(engine);
		return r;
	}
	*engine_out = engine;
	return 0;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	for (int i = 0; i < ENGINE_SLOTS; i++)
		mdb_txn_abort(engine->slots[i].reader);
	if (engine->env)
		mdb_env_close(engine->env);
	pthread_cond_destroy(&engine->moved);
	pthread_mutex_destroy(&engine->lock);
	free(engine->path);
	free(engine);
}

/*
 * Nothing of it can be given back: closing the environment would clear the parent's places in the reader table, and
 * closing its descriptor of the lock file would drop the locks of an environment that the child has opened since. What
 * is left is kept in sight, so that it is no leak to those who look for leaks.
 */
void engine_forget(struct engine *engine)
{
	static _Atomic(struct engine *) forgotten;

	if (engine)
		engine->forgotten = atomic_exchange(&forgotten, engine);
}
