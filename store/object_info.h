/* SPDX-License-Identifier: MIT */
#ifndef STORE_OBJECT_INFO_H
#define STORE_OBJECT_INFO_H

#include "state.h"

/* What pks_object_info() and a listing tell, from a state. */
void object_info_fill(const struct state *state, struct pks_object_info *info_out);

#endif
