/* SPDX-License-Identifier: MIT */
/* Opening and closing a store. */
#include "base/error.h"
#include "base/fork.h"
#include "base/worker_mode.h"
#include "create.h"
#include "directory_linux.h"
#include "manifest.h"
#include "object.h"
#include "registry.h"
#include "store.h"
#include "txn.h"

#include <pkstore/syslog.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a write waits for another writer unless the options tell: longer than any transaction should last. */
#define BUSY_TIMEOUT_MS 30000

/* How often to look at a path that others create, remove and create while we look. */
#define LOOK_ATTEMPTS 100

/* The path changed while we looked at it. Within this file. */
#define LOOK_AGAIN 100

struct opening {
	const char *path;
	const struct pks_store_options *options;
	uint64_t map_size; /* 0: as it is; of a new store, as much as there is */
	struct manifest manifest;
	int fd; /* the directory's, locked; -1: none */
	bool made; /* the directory was made by us: it goes again if it does not become a store */
	bool created;
	struct pks_store *store;
};

/* ---- finding or making the directory ---- */

static void release_directory(struct opening *opening)
{
	if (opening->fd < 0)
		return;
	directory_unlock(opening->fd);
	close(opening->fd);
	opening->fd = -1;
}

static int check_may_create(const struct opening *opening)
{
	if (opening->options->mode == PKS_MUST_EXIST || opening->options->read_only)
		return error_set(PKS_NOT_FOUND, "%s: there is no store", opening->path);
	return 0;
}

static int look_missing(struct opening *opening)
{
	int r = check_may_create(opening);

	if (r == 0)
		r = directory_make(opening->path, &opening->made);
	if (r != 0)
		return r;
	r = directory_open(opening->path, &opening->fd);
	return r == PKS_NOT_FOUND ? LOOK_AGAIN : r;
}

/* Whether it is not what the path names any more, or has become a store through somebody who does not keep the lock. */
static bool place_changed(const struct opening *opening)
{
	return !directory_is_at(opening->fd, opening->path) || manifest_exists(opening->fd);
}

static int make_store(struct opening *opening)
{
	uint64_t map_size = opening->map_size ? opening->map_size : opening->options->map_size;
	int r = create_store(opening->fd, opening->path, opening->options, map_size);

	if (r != 0)
		return place_changed(opening) ? LOOK_AGAIN : r;
	opening->created = true;
	return manifest_read(opening->fd, opening->path, &opening->manifest);
}

/* A directory without pkstore.json: an empty one is as good as none, any other is somebody else's. */
static int look_unmade(struct opening *opening)
{
	int r = create_possible(opening->fd, opening->path);

	if (r < 0)
		return r;
	if (r > 0) {
		r = check_may_create(opening);
		return r != 0 ? r : make_store(opening);
	}
	if (faccessat(opening->fd, "data.mdb", F_OK, 0) == 0)
		return error_set(PKS_ERR_FORMAT, "%s: an LMDB environment, but no store: %s is missing", opening->path,
		                 MANIFEST_NAME);
	return error_set(PKS_ERR_FORMAT, "%s: not a store, and not empty", opening->path);
}

static int look_locked(struct opening *opening)
{
	int r = directory_lock(opening->fd, opening->path);

	if (r != 0)
		return r;
	/* The lock is on what the path named before the wait, and LMDB opens by the path: both must be the same. */
	if (!directory_is_at(opening->fd, opening->path))
		return LOOK_AGAIN;
	r = manifest_read(opening->fd, opening->path, &opening->manifest);
	return r == PKS_NOT_FOUND ? look_unmade(opening) : r;
}

static int find_open_store(struct opening *opening)
{
	struct stat st;

	if (fstat(opening->fd, &st) != 0)
		return error_errno(errno, "%s", opening->path);
	opening->store = registry_find(st.st_dev, st.st_ino);
	return 0;
}

/* Ends with the store that is open already, or with the locked directory of one, or with LOOK_AGAIN. */
static int look(struct opening *opening)
{
	int r = directory_open(opening->path, &opening->fd);

	opening->made = false;
	if (r == PKS_NOT_FOUND)
		r = look_missing(opening);
	if (r == 0)
		r = find_open_store(opening);
	if (r == 0 && !opening->store)
		r = look_locked(opening);
	return r;
}

/* ---- opening what was found ---- */

static int check_options(const struct opening *opening, enum pks_durability durability)
{
	const struct pks_store_options *options = opening->options;

	if (options->mode == PKS_MUST_CREATE && !opening->created)
		return error_set(PKS_EXISTS, "%s: there already is a store", opening->path);
	if (options->durability != PKS_DURABILITY_DEFAULT && options->durability != durability)
		return error_set(PKS_ERR_USAGE, "%s: created with another durability, which cannot be changed",
		                 opening->path);
	return 0;
}

/* The same handle for all: what one of them may not do, none may. */
static int join(struct opening *opening)
{
	struct pks_store *store = opening->store;
	int r = check_options(opening, store->durability);

	if (r != 0)
		return r;
	if (store->read_only != opening->options->read_only)
		return error_set(PKS_ERR_USAGE, "%s: this process has it open %s", opening->path,
		                 store->read_only ? "read-only" : "for writing");
	store->openings++;
	return 0;
}

static int check_found(const struct opening *opening)
{
	int r = check_options(opening, opening->manifest.durability);

	if (r == 0)
		r = directory_check_owner(opening->fd, opening->path);
	if (r == 0 && !opening->options->allow_network)
		r = directory_check_network(opening->fd, opening->path);
	return r;
}

static void free_store(struct pks_store *store)
{
	free(store->path);
	free(store);
}

static struct pks_store *new_store(const struct opening *opening)
{
	static atomic_uint_least64_t opened;
	char path[PKS_STORE_PATH_SIZE];
	struct pks_store *store;

	if (directory_resolve(opening->path, false, path) != 0)
		return NULL;
	store = calloc(1, sizeof(*store));
	if (!store || !(store->path = strdup(path))) {
		free(store);
		error_set(PKS_ERR_MEMORY, "%s: out of memory", path);
		return NULL;
	}
	memcpy(store->uuid, opening->manifest.uuid, sizeof(store->uuid));
	store->durability = opening->manifest.durability;
	store->format = opening->manifest.format;
	store->read_only = opening->options->read_only;
	store->busy_timeout_ms = opening->options->busy_timeout_ms;
	if (store->busy_timeout_ms == 0)
		store->busy_timeout_ms = BUSY_TIMEOUT_MS;
	store->fork_mark = fork_current();
	store->serial = atomic_fetch_add(&opened, 1) + 1;
	store->openings = 1;
	atomic_init(&store->syslog_level, PKS_LEVEL_INFO);
	pthread_mutex_init(&store->handles_lock, NULL);
	pthread_mutex_init(&store->syslog_lock, NULL);
	return store;
}

static int start_store(struct pks_store *store, const struct opening *opening)
{
	struct engine_config config = {.path = store->path,
	                               .durability = store->durability,
	                               .in_memory = directory_in_memory(opening->fd, "data.mdb"),
	                               .read_only = store->read_only,
	                               .map_size = opening->map_size};
	struct stat st;
	int r;

	if (fstat(opening->fd, &st) != 0)
		return error_errno(errno, "%s", store->path);
	store->device = st.st_dev;
	store->inode = st.st_ino;
	store->dir_fd = opening->fd;
	r = engine_open(&config, &store->engine);
	if (r == 0)
		r = create_check(store->engine, store->path, &opening->manifest);
	if (r == 0)
		r = wake_open(store->dir_fd, store->path, &store->wake);
	return r;
}

/* Under the directory's lock. Takes the descriptor over when it succeeds. */
static int open_found(struct opening *opening)
{
	struct pks_store *store;
	int r = check_found(opening);

	if (r != 0)
		return r;
	store = new_store(opening);
	if (!store)
		return pks_error_code();
	r = start_store(store, opening);
	if (r != 0) {
		wake_close(store->wake);
		engine_close(store->engine);
		free_store(store);
		return r;
	}
	directory_unlock(opening->fd);
	opening->fd = -1;
	registry_add(store);
	opening->store = store;
	return 0;
}

/* Only as long as nothing is in it: others may have made a store there. Who is about to finds it gone. */
static void remove_made(const struct opening *opening)
{
	if (opening->made)
		rmdir(opening->path);
}

static int open_locked(struct opening *opening)
{
	int r = LOOK_AGAIN;

	for (int i = 0; i < LOOK_ATTEMPTS && r == LOOK_AGAIN; i++) {
		release_directory(opening);
		r = look(opening);
	}
	if (r == LOOK_AGAIN)
		r = error_set(PKS_ERR_BUSY, "%s: removed, or created and removed all the time", opening->path);
	if (r == 0)
		r = opening->store ? join(opening) : open_found(opening);
	if (r != 0)
		remove_made(opening);
	release_directory(opening);
	return r;
}

/* ---- what was asked for ---- */

static int map_size_from_environment(uint64_t *map_size_out)
{
	const char *text = secure_getenv("PKSTORE_MAP_SIZE");
	char *end;
	unsigned long long size;

	if (!text || !*text)
		return 0;
	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno != 0 || *end || size == 0 || *text == '-')
		return error_set(PKS_ERR_USAGE, "$PKSTORE_MAP_SIZE: not a number of bytes: %s", text);
	*map_size_out = size;
	return 0;
}

static int check_request(const char *path, const struct pks_store_options *options)
{
	if (store_check_thread(path) < 0)
		return PKS_ERR_USAGE;
	if (worker_mode_pending())
		return error_set(PKS_ERR_USAGE, "%s: this program was started by a pool to run its handlers, and does "
		                                "not call pks_worker_main() first", path);
	if (!*path)
		return error_set(PKS_ERR_USAGE, "an empty path to a store");
	if (strlen(path) >= PKS_STORE_PATH_SIZE)
		return error_set(PKS_ERR_LIMIT, "%s: a path of more than %d bytes", path, PKS_STORE_PATH_SIZE - 1);
	if ((unsigned)options->mode > PKS_MUST_CREATE || (unsigned)options->durability > PKS_DURABILITY_NONE)
		return error_set(PKS_ERR_USAGE, "%s: there is no such mode or durability", path);
	if (options->read_only && options->mode == PKS_MUST_CREATE)
		return error_set(PKS_ERR_USAGE, "%s: to create a store is to write it", path);
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(*options->reserved); i++)
		if (options->reserved[i] != 0)
			return error_set(PKS_ERR_USAGE, "%s: an option that this library does not know", path);
	return 0;
}

struct pks_store *pks_store_open(const char *path, const struct pks_store_options *options)
{
	static const struct pks_store_options defaults;
	char default_path[PKS_STORE_PATH_SIZE];
	struct opening opening = {.path = path, .options = options ? options : &defaults, .fd = -1};
	int r = 0;

	if (!path) {
		r = pks_store_default_path(default_path, sizeof(default_path));
		opening.path = default_path;
	}
	if (r == 0)
		r = check_request(opening.path, opening.options);
	if (r == 0)
		r = map_size_from_environment(&opening.map_size);
	if (r != 0)
		return NULL;
	registry_lock();
	r = open_locked(&opening);
	registry_unlock();
	return r == 0 ? opening.store : NULL;
}

/* ---- closing ---- */

static void shut(struct pks_store *store)
{
	wake_close(store->wake);
	directory_lock(store->dir_fd, store->path);
	engine_close(store->engine);
	directory_unlock(store->dir_fd);
	close(store->dir_fd);
	free_store(store);
}

/* The lock is not given up here: the parent has the same open file. */
static void forget(struct pks_store *store)
{
	wake_close(store->wake);
	engine_forget(store->engine);
	close(store->dir_fd);
	free_store(store);
}

static void close_last(struct pks_store *store)
{
	bool forked = store->fork_mark != fork_current();

	if (forked) /* a thread that is not here may hold it */
		pthread_mutex_init(&store->handles_lock, NULL);
	txn_abort_thread(store);
	layer_release_data(store);
	object_free_all(store);
	registry_remove(store);
	if (forked)
		forget(store);
	else
		shut(store);
}

/*
 * Under the registry's lock from the decrement to the end. An opener that came in between would join a store of which
 * handles and layer data, its own among them, are about to be freed; and one that did not find the store any more would
 * open a second environment of the directory before the first one is closed. As it is, whoever finds the store in the
 * registry has it whole, and whoever does not comes after the close. Nothing in here takes the registry's lock again or
 * waits for another thread: the layer's release may not either (layer.h).
 */
void pks_store_close(struct pks_store *store)
{
	if (!store || store_check_thread(store->path) < 0)
		return;
	registry_lock();
	if (--store->openings == 0)
		close_last(store);
	registry_unlock();
}
