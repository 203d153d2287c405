/* SPDX-License-Identifier: MIT */
#include "create.h"

#include "base/error.h"
#include "base/identity.h"
#include "base/cbor.h"
#include "directory_linux.h"
#include "engine.h"
#include "keys.h"
#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The id that the first object gets. */
#define FIRST_ID 1

/* ---- the first records ---- */

static void put_number(struct buffer *buffer, const void *number)
{
	item_put_uint(buffer, *(const uint64_t *)number);
}

static void put_uuid(struct buffer *buffer, const void *uuid)
{
	item_put_bytes(buffer, uuid, 16);
}

static int put_record(struct engine_txn *txn, const char *name, void (*put)(struct buffer *, const void *),
                      const void *what)
{
	struct buffer buffer = {0};
	struct key key;
	int r;

	key_room(&key, ROOM_META, name, strlen(name));
	put(&buffer, what);
	if (buffer.failed)
		r = error_set(PKS_ERR_MEMORY, "out of memory");
	else
		r = engine_put(txn, key_bytes(&key), (struct bytes){buffer.data, buffer.size}, NULL);
	buffer_release(&buffer);
	return r;
}

static int put_records(struct engine_txn *txn, const uint8_t uuid[16])
{
	uint64_t format = MANIFEST_FORMAT, first = FIRST_ID;
	int r = put_record(txn, "format", put_number, &format);

	if (r == 0)
		r = put_record(txn, "uuid", put_uuid, uuid);
	if (r == 0)
		r = put_record(txn, "next-id", put_number, &first);
	return r;
}

static int first_commit(struct engine *engine, const char *path, const uint8_t uuid[16])
{
	struct engine_txn *txn;
	int r = engine_begin(engine, true, &txn);

	if (r != 0)
		return r;
	/* LMDB opened it by the path: if that names another directory by now, with a store in it, this is no first. */
	if (engine_txn_id(txn) != 1)
		r = error_set(PKS_ERR_BUSY, "%s: something was put there while a store was made", path);
	if (r == 0)
		r = put_records(txn, uuid);
	if (r == 0)
		return engine_commit(txn);
	engine_abort(txn);
	return r;
}

/* ---- the files ---- */

/* Tells in the manifest how much of the map there was address space for. */
static int fill_engine(const char *path, uint64_t map_size, const uint8_t uuid[16], struct manifest *manifest)
{
	struct engine_config config = {
	        .path = path, .durability = manifest->durability, .create = true, .map_size = map_size};
	struct pks_store_stat stat = {0};
	struct engine *engine;
	int r = engine_open(&config, &engine);

	if (r != 0)
		return r;
	r = first_commit(engine, path, uuid);
	if (r == 0)
		r = engine_stat(engine, &stat);
	manifest->map_size = stat.map_size;
	engine_close(engine);
	return r;
}

/* Whatever the durability is: before the manifest says that it is a store, it is one on the disk. */
static int sync_file(int dir_fd, const char *path, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || fsync(fd) != 0)
		r = error_errno(errno, "%s/%s", path, name);
	if (fd >= 0)
		close(fd);
	return r;
}

static int sync_files(int fd, const char *path)
{
	int r = sync_file(fd, path, "lock.mdb");

	if (r == 0)
		r = sync_file(fd, path, "data.mdb");
	if (r == 0 && fsync(fd) != 0)
		r = error_errno(errno, "%s", path);
	return r;
}

static int fill(int fd, const char *path, const struct pks_store_options *options, uint64_t map_size)
{
	struct manifest manifest = {
	        .format = MANIFEST_FORMAT,
	        .durability = options->durability ? options->durability : PKS_DURABILITY_FULL,
	};
	uint8_t uuid[16];
	int r;

	identity_new(uuid);
	identity_text(uuid, manifest.uuid);
	r = fill_engine(path, map_size, uuid, &manifest);
	if (r == 0)
		r = sync_files(fd, path);
	return r != 0 ? r : manifest_write(fd, path, &manifest);
}

/* ---- half-made ones ---- */

/* All that is there before the manifest has its name. The mark is the last, so that what is left has it. */
static const char *const half_made[] = {"data.mdb", "lock.mdb", MANIFEST_NEW, NULL};

int create_possible(int fd, const char *path)
{
	bool marked = faccessat(fd, MANIFEST_NEW, F_OK, 0) == 0;

	return directory_holds_only(fd, path, marked ? half_made : (const char *const[]){NULL});
}

/*
 * 0 or an errno. Looks for the manifest again, though the caller did so under the same lock: a restored backup or
 * a copy comes into the directory without the lock, and is somebody's data.
 */
static int remove_half_made(int fd)
{
	if (manifest_exists(fd))
		return EEXIST;
	for (const char *const *name = half_made; *name; name++)
		if (unlinkat(fd, *name, 0) != 0 && errno != ENOENT)
			return errno;
	return 0;
}

/* The mark is on the disk before anything that it stands for. */
static int mark(int fd, const char *path)
{
	int r = manifest_announce(fd, path);

	if (r == 0 && fsync(fd) != 0)
		r = error_errno(errno, "%s", path);
	return r;
}

/* ---- creating ---- */

static int check_place(int fd, const char *path, const struct pks_store_options *options)
{
	int r = directory_check_new_owner(fd, path);

	return r != 0 || options->allow_network ? r : directory_check_network(fd, path);
}

static int clear_place(int fd, const char *path)
{
	int r = remove_half_made(fd);

	return r == 0 ? 0 : error_errno(r, "%s: cannot remove what a creator that died has left", path);
}

int create_store(int fd, const char *path, const struct pks_store_options *options, uint64_t map_size)
{
	int r = check_place(fd, path, options);

	if (r == 0)
		r = clear_place(fd, path);
	if (r != 0)
		return r;
	r = mark(fd, path);
	if (r == 0)
		r = fill(fd, path, options, map_size);
	if (r == 0)
		directory_sync(fd);
	else
		remove_half_made(fd);
	return r;
}

/* ---- whether they are there ---- */

static int get_record(struct engine_txn *txn, const char *name, struct item *item_out)
{
	struct bytes record;
	struct key key;
	int r;

	key_room(&key, ROOM_META, name, strlen(name));
	r = engine_get(txn, key_bytes(&key), &record);
	if (r != 0)
		return r;
	return item_read(record.data, (const uint8_t *)record.data + record.size, item_out);
}

static int check_records(struct engine_txn *txn, const char *path, const struct manifest *manifest)
{
	uint8_t uuid[16];
	struct item item;

	if (get_record(txn, "format", &item) != 0 || item.type != ITEM_UINT)
		return error_set(PKS_ERR_CORRUPT, "%s: data.mdb does not tell the store's format", path);
	if (item.number != manifest->format)
		return error_set(PKS_ERR_FORMAT, "%s: data.mdb is of format %llu; this library reads format %u", path,
		                 (unsigned long long)item.number, manifest->format);
	if (identity_parse(manifest->uuid, uuid) != 0 || get_record(txn, "uuid", &item) != 0 ||
	    item.type != ITEM_BYTES || item.number != sizeof(uuid) || memcmp(item.data, uuid, sizeof(uuid)) != 0)
		return error_set(PKS_ERR_CORRUPT, "%s: data.mdb and " MANIFEST_NAME " are not of the same store", path);
	return 0;
}

int create_check(struct engine *engine, const char *path, const struct manifest *manifest)
{
	struct engine_txn *txn;
	int r = engine_begin(engine, false, &txn);

	if (r != 0)
		return r;
	r = check_records(txn, path, manifest);
	engine_abort(txn);
	return r;
}
