/* SPDX-License-Identifier: MIT */
/* What a class may be built on: all types but the Process, whose kinds are the runtime's. */
#ifndef STORE_CLASS_BASE_H
#define STORE_CLASS_BASE_H

#include <pkstore/class.h>

#include <stdbool.h>

struct class_base {
	const char *type;
	struct pks_object *(*open)(struct pks_store *store, const char *path, const struct pks_class *class,
	                           enum pks_mode mode);
	bool needs_size, needs_number;
};

/* NULL: no class can be built on the type. */
const struct class_base *class_base_find(const char *type);

#endif
