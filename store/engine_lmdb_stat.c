/* SPDX-License-Identifier: MIT */
/* The engine on LMDB: measuring, and who keeps pages from being used again. */
#include "engine_lmdb.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
	int64_t pid;
	uint64_t snapshots, oldest; /* the commit that its oldest one sees */
};

struct readers {
	struct reader *list; /* by pid */
	size_t count, room;
	uint32_t slots; /* in use, be it without a snapshot just now */
	bool failed;
};

static struct reader *readers_of(struct readers *readers, int64_t pid)
{
	for (size_t i = 0; i < readers->count; i++)
		if (readers->list[i].pid == pid)
			return &readers->list[i];
	if (readers->count == readers->room) {
		size_t room = readers->room ? readers->room * 2 : PKS_STORE_READERS_MAX;
		struct reader *list = realloc(readers->list, room * sizeof(*list));

		if (!list)
			return NULL;
		readers->list = list;
		readers->room = room;
	}
	readers->list[readers->count] = (struct reader){.pid = pid, .oldest = UINT64_MAX};
	return &readers->list[readers->count++];
}

/*
 * LMDB tells its reader table as lines of text: pid, thread in hexadecimal, commit; "-" for the last when there is
 * none.
 */
static int readers_line(const char *line, void *arg)
{
	struct readers *readers = arg;
	struct reader *reader;
	int64_t pid;
	uint64_t commit;
	int fields = sscanf(line, "%" SCNd64 " %*x %" SCNu64, &pid, &commit);

	if (fields < 1)
		return 0;
	readers->slots++;
	if (fields < 2)
		return 0;
	reader = readers_of(readers, pid);
	if (!reader) {
		readers->failed = true;
		return -1;
	}
	reader->snapshots++;
	if (commit < reader->oldest)
		reader->oldest = commit;
	return 0;
}

static int by_age(const void *a, const void *b)
{
	const struct reader *x = a, *y = b;

	return (x->oldest > y->oldest) - (x->oldest < y->oldest);
}

static void readers_tell(struct readers *readers, struct pks_store_stat *stat)
{
	if (readers->count > 0)
		qsort(readers->list, readers->count, sizeof(*readers->list), by_age);
	stat->readers_used = readers->slots;
	stat->reader_count = readers->count < PKS_STORE_READERS_MAX ? readers->count : PKS_STORE_READERS_MAX;
	for (size_t i = 0; i < stat->reader_count; i++) {
		uint64_t oldest = readers->list[i].oldest;

		stat->readers[i] = (struct pks_store_reader){
		        .pid = readers->list[i].pid,
		        .snapshots = readers->list[i].snapshots,
		        .age = stat->last_commit > oldest ? stat->last_commit - oldest : 0,
		};
	}
}

/*
 * A record of the free list: what one commit freed. A snapshot pins what was freed by the commits after its own; what
 * the last commit freed is not used again by the next one either way, so it is nobody's fault.
 */
static void free_tell(uint64_t commit, uint64_t bytes, struct pks_store_stat *stat)
{
	stat->used -= bytes < stat->used ? bytes : stat->used;
	for (size_t i = 0; i < stat->reader_count; i++)
		if (commit + stat->readers[i].age > stat->last_commit && commit < stat->last_commit)
			stat->readers[i].pinned_bytes += bytes;
}

/* LMDB's code. */
static int free_walk(MDB_txn *txn, size_t page_size, struct pks_store_stat *stat)
{
	MDB_cursor *cursor;
	MDB_val key, data;
	size_t commit, pages;
	int r = mdb_cursor_open(txn, ENGINE_FREE_DBI, &cursor);

	if (r != 0)
		return r;
	while ((r = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0) {
		memcpy(&commit, key.mv_data, sizeof(commit));
		memcpy(&pages, data.mv_data, sizeof(pages));
		free_tell(commit, pages * page_size, stat);
	}
	mdb_cursor_close(cursor);
	return r == MDB_NOTFOUND ? 0 : r;
}

/* ---- who writes ----
 *
 * LMDB keeps its write lock, a robust mutex, in the lock file, and tells nobody who has it. As the C library lays it
 * out its first word is the owner's thread id, if there is one, and two bits.
 */

#define WRITE_LOCK_OFFSET 64
#define WRITE_LOCK_OWNER 0x3fffffff

/* How many descriptors to look through for LMDB's own: those of a process that has more are not found. */
#define DESCRIPTORS_MAX 4096

/* To open the file would be easy, but to close it again gives up the process's locks. */
void engine_find_lock_file(struct engine *engine)
{
	struct stat file, st;
	char *name;

	engine->lock_file = -1;
	if (asprintf(&name, "%s/lock.mdb", engine->path) < 0)
		return;
	if (stat(name, &file) == 0)
		for (int fd = 0; fd < DESCRIPTORS_MAX && engine->lock_file < 0; fd++)
			if (fstat(fd, &st) == 0 && st.st_dev == file.st_dev && st.st_ino == file.st_ino)
				engine->lock_file = fd;
	free(name);
}

/* -1 for somebody, as a thread id alone tells little; 0 for nobody. */
static int64_t stat_writer(struct engine *engine)
{
	uint32_t word;

	if (engine->lock_file < 0 ||
	    pread(engine->lock_file, &word, sizeof(word), WRITE_LOCK_OFFSET) != (ssize_t)sizeof(word))
		return 0;
	return word & WRITE_LOCK_OWNER ? -1 : 0;
}

static int stat_sizes(struct engine *engine, size_t *page_size_out, struct pks_store_stat *stat)
{
	MDB_envinfo info;
	MDB_stat tree;
	struct stat st;

	if (fstat(engine->file, &st) != 0)
		return error_errno(errno, "%s/data.mdb", engine->path);
	mdb_env_info(engine->env, &info);
	mdb_env_stat(engine->env, &tree);
	stat->last_commit = info.me_last_txnid;
	stat->map_size = info.me_mapsize;
	stat->used = (info.me_last_pgno + 1) * tree.ms_psize;
	stat->file = (uint64_t)st.st_size;
	stat->readers_max = info.me_maxreaders;
	stat->writer_pid = stat_writer(engine);
	*page_size_out = tree.ms_psize;
	return 0;
}

/* Inside a read transaction, whose own slot counts as any other does while it lasts. */
static int stat_within(struct engine_txn *txn, struct readers *readers, struct pks_store_stat *stat)
{
	struct engine *engine = txn->engine;
	size_t page_size = 0;
	int r = stat_sizes(engine, &page_size, stat);

	if (r < 0)
		return r;
	if (readers->failed)
		return error_set(PKS_ERR_MEMORY, "%s: out of memory", engine->path);
	readers_tell(readers, stat);
	return engine_result(engine, free_walk(txn->txn, page_size, stat));
}

/* What LMDB keeps at the head of a page. Twice as long a value takes two pages, half as long a one shares its page. */
#define PAGE_HEADER_SIZE 16

size_t engine_page_value(const struct engine *engine)
{
	MDB_stat tree;

	mdb_env_stat(engine->env, &tree);
	return tree.ms_psize - PAGE_HEADER_SIZE;
}

int engine_check_readers(struct engine *engine)
{
	int dead;

	return engine_result(engine, mdb_reader_check(engine->env, &dead));
}

int engine_stat(struct engine *engine, struct pks_store_stat *stat)
{
	struct readers readers = {0};
	struct engine_txn *txn;
	int r = engine_check_readers(engine);

	if (r < 0)
		return r;
	mdb_reader_list(engine->env, readers_line, &readers); /* before this call's own snapshot */
	r = engine_begin(engine, false, &txn);
	if (r == 0) {
		r = stat_within(txn, &readers, stat);
		engine_abort(txn);
	}
	free(readers.list);
	return r;
}
