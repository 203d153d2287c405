/* SPDX-License-Identifier: MIT */
#include "raw.h"

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* More than anything here needs. */
#define RAW_MAP_SIZE ((size_t)64 << 30)

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, mdb_strerror(r));
	exit(1);
}

void raw_open(struct raw *raw, const char *name)
{
	char *path = bench_path(name);

	must(mkdir(path, 0700), "mkdir");
	free(path);
	raw_reopen(raw, name);
}

/* Nobody writes to the store meanwhile. */
static void copy_data(const char *from, const char *to)
{
	char *source, *target, block[65536];
	FILE *in, *out;
	size_t size;

	must(asprintf(&source, "%s/data.mdb", from) < 0 || asprintf(&target, "%s/data.mdb", to) < 0, "asprintf");
	in = fopen(source, "rb");
	out = fopen(target, "wb");
	must(!in || !out, "data.mdb");
	while ((size = fread(block, 1, sizeof(block), in)) > 0)
		must(fwrite(block, 1, size, out) != size, target);
	fclose(in);
	must(fclose(out), target);
	free(source);
	free(target);
}

void raw_open_copy(struct raw *raw, const char *name, const char *store)
{
	char *from = bench_path(store), *to = bench_path(name);

	must(mkdir(to, 0700), "mkdir");
	copy_data(from, to);
	raw_reopen(raw, name);
	free(from);
	free(to);
}

void raw_unsynced(struct raw *raw)
{
	must(mdb_env_set_flags(raw->env, MDB_NOSYNC, 1), "mdb_env_set_flags");
}

void raw_reopen(struct raw *raw, const char *name)
{
	char *path = bench_path(name);
	MDB_txn *txn;

	must(mdb_env_create(&raw->env), "mdb_env_create");
	must(mdb_env_set_mapsize(raw->env, RAW_MAP_SIZE), "mdb_env_set_mapsize");
	must(mdb_env_open(raw->env, path, MDB_NOTLS, 0600), "mdb_env_open");
	txn = raw_begin(raw, true);
	must(mdb_dbi_open(txn, NULL, 0, &raw->dbi), "mdb_dbi_open");
	raw_commit(txn);
	free(path);
}

void raw_close(struct raw *raw)
{
	mdb_env_close(raw->env);
}

MDB_txn *raw_begin(struct raw *raw, bool write)
{
	MDB_txn *txn;

	must(mdb_txn_begin(raw->env, NULL, write ? 0 : MDB_RDONLY, &txn), "mdb_txn_begin");
	return txn;
}

void raw_commit(MDB_txn *txn)
{
	must(mdb_txn_commit(txn), "mdb_txn_commit");
}

void raw_put(struct raw *raw, MDB_txn *txn, const void *key, size_t key_size, const void *value, size_t size,
             unsigned flags)
{
	MDB_val k = {key_size, (void *)(uintptr_t)key}, v = {size, (void *)(uintptr_t)value};

	must(mdb_put(txn, raw->dbi, &k, &v, flags), "mdb_put");
}

void raw_del(struct raw *raw, MDB_txn *txn, const void *key, size_t key_size)
{
	MDB_val k = {key_size, (void *)(uintptr_t)key};

	must(mdb_del(txn, raw->dbi, &k, NULL), "mdb_del");
}

void raw_empty(struct raw *raw)
{
	MDB_txn *txn = raw_begin(raw, true);

	must(mdb_drop(txn, raw->dbi, 0), "mdb_drop");
	raw_commit(txn);
}

uint64_t raw_used(struct raw *raw)
{
	MDB_txn *txn = raw_begin(raw, false);
	MDB_stat stat;

	must(mdb_stat(txn, raw->dbi, &stat), "mdb_stat");
	mdb_txn_abort(txn);
	return (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * (uint64_t)stat.ms_psize;
}
