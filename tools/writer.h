/* SPDX-License-Identifier: MIT */
/*
 * JSON written to stdout piece by piece: an object of the store may be larger than a value can be, so its items go out
 * one by one. Keys are the caller's to give in maps only; commas and newlines come by themselves.
 */
#ifndef TOOLS_WRITER_H
#define TOOLS_WRITER_H

#include "follow.h"

#include <pkstore/dict.h>
#include <pkstore/json.h>

#include <stdint.h>

/* How deep our own structure goes; that of values does not count. */
#define WRITER_DEPTH_MAX 8

struct writer {
	struct pks_store *store; /* gives references their paths; may be NULL */
	enum pks_json_style style;
	struct follow *follow; /* is told of all values; NULL: nobody */
	char closing[WRITER_DEPTH_MAX]; /* what ends the containers that are open */
	int depth;
	bool empty;     /* nothing is in the innermost one yet */
	bool after_key; /* what comes next is a pair's value */
};

void writer_init(struct writer *writer, struct pks_store *store, enum pks_json_style style);

void writer_map(struct writer *writer);
void writer_list(struct writer *writer);
/* Ends the innermost; behind the outermost comes a newline. */
void writer_end(struct writer *writer);

void writer_key(struct writer *writer, const char *key);
void writer_value(struct writer *writer, const struct pks_value *value);
/* As pks_value_pack(). */
void writer_pack(struct writer *writer, const char *format, ...);

/* A map of all pairs of an iterator over `path`'s items or attributes; closes it. NULL: the call that made it failed.
 */
void writer_items(struct writer *writer, struct pks_iter *iter, const char *path);

/* Pairs of a map. */
void writer_pair_string(struct writer *writer, const char *key, const char *string);
void writer_pair_uint(struct writer *writer, const char *key, uint64_t number);
/* Nanoseconds since 1970; 0, not yet, is null. */
void writer_pair_time(struct writer *writer, const char *key, uint64_t ns);

#endif
