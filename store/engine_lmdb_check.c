/* SPDX-License-Identifier: MIT */
/*
 * The engine on LMDB: is data.mdb whole? LMDB itself takes an empty file for a new one, and dies of SIGBUS where a
 * truncated one ends. So this reads the file, not the map.
 *
 * A whole file may well be shorter than its last page: pages that a commit allocated at the end and freed again are
 * never written. They are on the list of free pages then, and only then is the file sound.
 */
#include "engine_lmdb.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- LMDB's file format, version 1, 64-bit, as far as it is needed here ---- */

#define FILE_MAGIC 0xBEEFC0DEu
#define FILE_VERSION 1

struct file_page {
	uint64_t number;
	uint16_t pad, flags;
	uint16_t lower, upper; /* of overflow pages: one 32-bit count */
};

enum { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02 };

struct file_tree {
	uint32_t page_size;
	uint16_t flags, depth;
	uint64_t branches, leaves, overflows, entries, root;
};

struct file_meta {
	struct file_page page;
	uint32_t magic, version;
	uint64_t address, map_size;
	struct file_tree free, main;
	uint64_t last_page, txnid;
};

struct file_node {
	uint16_t low, high, flags, key_size; /* the key and the data follow */
};

enum { NODE_OVERFLOW = 0x01 };

#define NO_PAGE UINT64_MAX

/* Deeper than any tree of LMDB's (CURSOR_STACK in mdb.c): a loop in a damaged file ends here. */
#define DEPTH_MAX 32

/* The smallest page, in bytes: two of them make the shortest file. */
#define PAGE_SIZE_MIN 512

/* ---- before opening ---- */

static int check_open_header(const char *path, int fd)
{
	struct file_meta meta;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_errno(errno, "%s/data.mdb", path);
	if (pread(fd, &meta, sizeof(meta), 0) != (ssize_t)sizeof(meta))
		return error_set(PKS_ERR_CORRUPT, "%s/data.mdb: truncated to %lld bytes", path, (long long)st.st_size);
	if (meta.magic != FILE_MAGIC)
		return error_set(PKS_ERR_CORRUPT, "%s/data.mdb: not a file of LMDB's", path);
	if (meta.version != FILE_VERSION)
		return error_set(PKS_ERR_FORMAT, "%s/data.mdb: version %u of LMDB's format; this reads %u", path,
		                 meta.version, FILE_VERSION);
	if (meta.free.page_size < PAGE_SIZE_MIN || st.st_size < 2 * (off_t)meta.free.page_size)
		return error_set(PKS_ERR_CORRUPT, "%s/data.mdb: truncated to %lld bytes", path, (long long)st.st_size);
	return 0;
}

int engine_check_header(const char *path)
{
	char *name;
	int fd, r;

	if (asprintf(&name, "%s/data.mdb", path) < 0)
		return error_set(PKS_ERR_MEMORY, "%s: out of memory", path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		r = error_set(PKS_ERR_CORRUPT, "%s: missing", name);
	else
		r = fd < 0 ? error_errno(errno, "%s", name) : check_open_header(path, fd);
	free(name);
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- after opening: the free pages ---- */

struct walk {
	int fd;
	size_t page_size;
	uint64_t first_missing, last; /* the pages behind the file's end */
	uint64_t found;               /* how many of them are on the list */
	uint64_t reads;               /* more than there are pages: the tree is no tree */
};

/* `size` bytes from a page on, to be freed; NULL when the file does not have them. */
static void *walk_read(struct walk *walk, uint64_t page, size_t size)
{
	void *data;

	if (page >= walk->first_missing || ++walk->reads > walk->first_missing)
		return NULL;
	data = malloc(size);
	if (!data)
		return NULL;
	if (pread(walk->fd, data, size, (off_t)(page * walk->page_size)) == (ssize_t)size)
		return data;
	free(data);
	return NULL;
}

/* A record of the list: a count and that many page numbers. */
static bool walk_numbers(struct walk *walk, const uint8_t *data, size_t size)
{
	uint64_t count, number;

	if (size < sizeof(count))
		return false;
	memcpy(&count, data, sizeof(count));
	if (count > size / sizeof(number) - 1)
		return false;
	for (uint64_t i = 1; i <= count; i++) {
		memcpy(&number, data + i * sizeof(number), sizeof(number));
		walk->found += number >= walk->first_missing && number <= walk->last;
	}
	return true;
}

static bool walk_overflow(struct walk *walk, const uint8_t *data, size_t size)
{
	uint64_t number;
	uint8_t *pages;
	bool good;

	memcpy(&number, data, sizeof(number));
	pages = walk_read(walk, number, sizeof(struct file_page) + size);
	good = pages && walk_numbers(walk, pages + sizeof(struct file_page), size);
	free(pages);
	return good;
}

static bool walk_page(struct walk *walk, uint64_t number, int depth);

static bool walk_node(struct walk *walk, const uint8_t *page, unsigned at, bool leaf, int depth)
{
	struct file_node node;
	uint64_t number;
	size_t data;

	if (at + sizeof(node) > walk->page_size)
		return false;
	memcpy(&node, page + at, sizeof(node));
	number = node.low | (uint64_t)node.high << 16;
	if (!leaf)
		return walk_page(walk, number | (uint64_t)node.flags << 32, depth + 1);
	data = at + sizeof(node) + node.key_size;
	if (data + (node.flags & NODE_OVERFLOW ? sizeof(number) : number) > walk->page_size)
		return false;
	return node.flags & NODE_OVERFLOW ? walk_overflow(walk, page + data, number)
	                                  : walk_numbers(walk, page + data, number);
}

static bool walk_nodes(struct walk *walk, const uint8_t *page, int depth)
{
	struct file_page head;
	uint16_t at;

	memcpy(&head, page, sizeof(head));
	if (!(head.flags & (PAGE_BRANCH | PAGE_LEAF)) || head.lower > walk->page_size)
		return false;
	for (size_t slot = sizeof(head); slot + sizeof(at) <= head.lower; slot += sizeof(at)) {
		memcpy(&at, page + slot, sizeof(at));
		if (!walk_node(walk, page, at, head.flags & PAGE_LEAF, depth))
			return false;
	}
	return true;
}

static bool walk_page(struct walk *walk, uint64_t number, int depth)
{
	uint8_t *page = depth < DEPTH_MAX ? walk_read(walk, number, walk->page_size) : NULL;
	bool good = page && walk_nodes(walk, page, depth);

	free(page);
	return good;
}

/* The record of one commit; there are two, by turns. False when the commit's was overwritten meanwhile. */
static bool check_meta(int fd, size_t page_size, uint64_t txnid, struct file_meta *meta_out)
{
	off_t at = (off_t)((txnid & 1) * page_size);

	return pread(fd, meta_out, sizeof(*meta_out), at) == (ssize_t)sizeof(*meta_out) && meta_out->txnid == txnid;
}

/* Inside a read transaction, so that nothing that the commit uses is overwritten. */
static int check_commit(struct engine *engine, uint64_t txnid, size_t page_size)
{
	struct walk walk = {.fd = engine->file, .page_size = page_size};
	struct file_meta meta;
	struct stat st;

	if (!check_meta(engine->file, page_size, txnid, &meta))
		return 0; /* somebody commits and commits: the store is alive */
	if (fstat(engine->file, &st) != 0)
		return error_errno(errno, "%s/data.mdb", engine->path);
	walk.first_missing = (uint64_t)st.st_size / page_size;
	walk.last = meta.last_page;
	if (walk.first_missing > walk.last)
		return 0;
	if ((meta.free.root == NO_PAGE || walk_page(&walk, meta.free.root, 0)) &&
	    walk.found == walk.last - walk.first_missing + 1)
		return 0;
	return error_set(PKS_ERR_CORRUPT, "%s/data.mdb: truncated to %lld bytes; its last commit needs %llu",
	                 engine->path, (long long)st.st_size, (unsigned long long)(walk.last + 1) * page_size);
}

int engine_check_length(struct engine *engine)
{
	MDB_stat stat;
	MDB_txn *txn;
	int r = engine_begin_opening(engine, &txn);

	if (r != 0)
		return engine_result(engine, r);
	r = mdb_env_stat(engine->env, &stat);
	r = r != 0 ? engine_result(engine, r) : check_commit(engine, mdb_txn_id(txn), stat.ms_psize);
	mdb_txn_abort(txn);
	return r;
}
