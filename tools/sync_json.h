/* SPDX-License-Identifier: MIT */
/*
 * Who holds and who waits, as get, stat and ls -l tell it of all kinds of synchronisation, and of the ends of a Pipe.
 */
#ifndef TOOLS_SYNC_JSON_H
#define TOOLS_SYNC_JSON_H

#include "kind.h"

/* Pairs of the open map: "holders" and "waiters". */
void sync_json(struct writer *w, struct pks_object *object, const char *path);
/* A line each, for people. */
void sync_print(struct pks_object *object, const char *path);
/* Into what is left of the text: "held by 4711 for 2m05s, 815 and 2 more wait". */
void sync_state(struct pks_object *object, const char *path, char text_out[KIND_STATE_SIZE]);

/* `pkstore get` of an object whose stat_json() tells all there is. */
void sync_get(const struct get *get, struct pks_object *object, const char *path);

/* A pair of the open map. */
void sync_pair_bool(struct writer *w, const char *key, bool value);

#endif
