/* SPDX-License-Identifier: MIT */
/*
 * Takes a long JSON text apart, one value at a time: only one of them is ever in memory. It finds where values end; the
 * library parses them. What is wrong ends the program with FAIL_MISUSE and the line.
 */
#ifndef TOOLS_SCAN_H
#define TOOLS_SCAN_H

#include <pkstore/store.h>
#include <pkstore/value.h>

#include <stddef.h>
#include <stdio.h>

struct scan {
	FILE *in;
	const char *name; /* for messages */
	unsigned long long line;
	char *text; /* the last value's, `size` bytes and a NUL */
	size_t size, capacity;
	char *key; /* the last key */
};

void scan_release(struct scan *scan);
/* From the beginning of the file. */
void scan_rewind(struct scan *scan);

/* The next byte that is no blank, left where it is; EOF at the end. */
int scan_peek(struct scan *scan);
/* Takes that byte. */
void scan_expect(struct scan *scan, char byte);

/* The next value as text, in scan->text; valid until the next call. */
void scan_value(struct scan *scan);
/* The next value, parsed; `store` as in pks_value_from_json(). */
void scan_parse(struct scan *scan, struct pks_store *store, struct pks_value *value_out);
/* The next value, a string; to be freed with free(). */
char *scan_string(struct scan *scan);

/*
 * Steps through a container: scan_begin() takes its opening byte, and each scan_more() that returns true stands before
 * an element; before its key in a map.
 */
void scan_begin(struct scan *scan, char opening);
bool scan_more(struct scan *scan, char closing, bool *first);
/* A map's key, valid until the next one is read, and its colon. */
const char *scan_key(struct scan *scan);

_Noreturn void scan_fail(const struct scan *scan, const char *format, ...) PKS_PRINTF(2, 3);

#endif
