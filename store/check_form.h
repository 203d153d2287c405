/* SPDX-License-Identifier: MIT */
/*
 * What a value has to be, beyond being CBOR: the tables of FORMAT.md, as tables of C. A form is a function that looks
 * at one whole item, good CBOR already; forms of lists and maps are made of those of their parts.
 */
#ifndef STORE_CHECK_FORM_H
#define STORE_CHECK_FORM_H

#include "base/cbor.h"
#include "engine.h"

struct form {
	const char *where; /* the innermost name that is not as it should be; NULL: the value itself is not */
};

typedef bool form_is(struct form *form, struct bytes item);

form_is form_any, form_bool, form_true, form_unsigned, form_positive, form_integer, form_float, form_time, form_text,
	form_string, form_list, form_map, form_reference, form_strings, form_texts, form_pid, form_boot;
/* text: a path in the filesystem that begins at its root */
form_is form_folder;
/* [pid, start, boot] */
form_is form_process;
/* the same, or with a process's id and its attempt behind it */
form_is form_keeper;

bool form_is_name(struct bytes name, const char *text);
/* The item's head. */
struct item form_head(struct bytes item);
bool form_is_null(struct bytes item);
bool form_is_text(struct bytes item, const char *text);
bool form_is_one_of(struct bytes item, const char *const *texts, size_t count);
/* An integer from `least` to `most`. */
bool form_within(struct bytes item, int64_t least, int64_t most);

/* A list, all of whose elements have the form. */
bool form_each(struct form *form, struct bytes list, form_is *element);
/* A list of at least so many elements, each of which has the form in its place; those behind have any. */
bool form_elements(struct form *form, struct bytes list, form_is *const *elements, uint64_t least);

struct form_field {
	const char *name;
	form_is *is;
	bool needed;
};

#define MUST(name, is)                                                                                                 \
	{                                                                                                              \
		name, is, true                                                                                         \
	}
#define MAY(name, is)                                                                                                  \
	{                                                                                                              \
		name, is, false                                                                                        \
	}

/* A map: what stands under the names of the table, which ends with a row of zeros, has their forms. */
bool form_fields(struct form *form, struct bytes map, const struct form_field *fields);
/* The form of such a name; NULL when it is not in the table. */
form_is *form_field(const struct form_field *fields, struct bytes name);
/* A map, of which all keys and all values have the forms. */
bool form_pairs(struct form *form, struct bytes map, form_is *key, form_is *value);

/* Goes through the items of a list or the pairs of a map. */
struct form_walk {
	struct bytes rest;
	uint64_t left;
};

struct form_walk form_walk(struct bytes list_or_map);
bool form_next(struct form_walk *walk, struct bytes *item_out);

/* ---- the forms of libpkstore's own records ---- */

bool form_is_pool(struct bytes name);
/* A Process's attribute, but for `state`: whose name is not in the format has any form. */
bool form_attribute(struct form *form, struct bytes name, struct bytes value);
/* A line of the system log, and of a process's output. */
form_is form_syslog, form_output_line;

#endif
