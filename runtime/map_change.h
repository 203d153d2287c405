/* SPDX-License-Identifier: MIT */
/* Maps of options and settings, of which one is changed at a time. */
#ifndef RUNTIME_MAP_CHANGE_H
#define RUNTIME_MAP_CHANGE_H

#include <pkstore/value.h>

/*
 * A copy of `map`, which may be {0}, with `name` set to the value, or without it where `value` is NULL. Release it with
 * pks_value_clear(). Returns 0, or as pks_builder_finish().
 */
int map_change(const struct pks_value *map, const char *name, const struct pks_value *value,
	       struct pks_value *changed_out);

#endif
