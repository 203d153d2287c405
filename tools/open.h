/* SPDX-License-Identifier: MIT */
/* The store that the commands work on, and objects in it. All of these end the program when they fail. */
#ifndef TOOLS_OPEN_H
#define TOOLS_OPEN_H

#include <pkstore/object.h>
#include <pkstore/store.h>

#include <stdbool.h>

/* The directory of -s; not called: the default store. */
void open_set_path(const char *path);
/* How every store is opened; see struct pks_store_options. */
void open_allow_network(void);
void open_set_busy_timeout(int timeout_ms);

/* For commands that only look: never creates a store, cannot change it. */
struct pks_store *open_to_read(void);
/* For commands that change what is there: a store that is missing is an error. */
struct pks_store *open_to_change(void);
/* For commands that put something in: creates the store if need be. */
struct pks_store *open_to_create(void);
/* The same for an object at `path`: one that cannot be creates no store. */
struct pks_store *open_to_create_at(const char *path);
/* One that is not there yet, with options of its own. */
struct pks_store *open_new(const struct pks_store_options *options);
/* To change it, for those that look at their input before they create anything: NULL when there is none yet. */
struct pks_store *open_if_there(void);

/* The object at `path`. */
struct pks_object *open_object(struct pks_store *store, const char *path);
/* To store something in it: what is there already, or a new Dict; without a key, a new Value. */
struct pks_object *open_to_set(struct pks_store *store, const char *path, const char *key);
/* Whether there is a namespace `path`: anything in it, or a limit on it. */
bool open_is_namespace(struct pks_store *store, const char *path);

#endif
