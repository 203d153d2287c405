/* SPDX-License-Identifier: MIT */
/* What `pkstore stat` prints. */
#ifndef TOOLS_STAT_H
#define TOOLS_STAT_H

#include "writer.h"

#include <pkstore/object.h>

void stat_store(struct pks_store *store, bool json);
void stat_namespace(struct pks_store *store, const char *path, bool json);
/* In a snapshot of the caller. `path`: as it was asked for. */
void stat_object(struct pks_object *object, const char *path, bool json);

/* Pairs of the open map: what a size and a version are, with their limits. */
void stat_sizes_json(struct writer *w, const struct pks_object_info *info);

#endif
