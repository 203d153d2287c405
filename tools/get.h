/* SPDX-License-Identifier: MIT */
/* How `pkstore get`, and what else prints values, was asked to print them. */
#ifndef TOOLS_GET_H
#define TOOLS_GET_H

#include <pkstore/json.h>

#include <stdbool.h>

struct get {
	struct pks_store *store;
	enum pks_json_style style;
	/* of a Dict: only keys that begin so, NULL: all; and only the keys, a line each */
	const char *prefix;
	bool keys;
	bool raw; /* text without quotes and bytes as they are, without a newline */
};

void get_print(const struct get *get, const struct pks_value *value);

#endif
