/* SPDX-License-Identifier: MIT */
/* What `pkstore stat` prints. */
#ifndef TOOLS_STAT_H
#define TOOLS_STAT_H

#include <pkstore/object.h>

void stat_store(struct pks_store *store, bool json);
/* In a snapshot of the caller. `path`: as it was asked for. */
void stat_object(struct pks_object *object, const char *path, bool json);

#endif
