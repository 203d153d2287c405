/* SPDX-License-Identifier: MIT */
/*
 * What the commands do with an object by its type: get, stat, ls -l, dump and load look into one table. A type is a row
 * in kind.c and a file kind_TYPE.c; what it leaves NULL is nothing, or what all objects have.
 */
#ifndef TOOLS_KIND_H
#define TOOLS_KIND_H

#include "get.h"
#include "writer.h"

#include <pkstore/object.h>

/* Room for what ls -l says about an object, with its NUL: counts of permits, and two pids, of up to 7 digits. */
#define KIND_STATE_SIZE 160

/* A member of a dumped object that is one value. */
struct kind_member {
	const char *name;
	const char *must; /* what it must be, for the message: "a number" */
	bool (*is)(const struct pks_value *value);
	/* As a call of the library. NULL: the object is made with it, create() gets it as JSON; it must be there. */
	int (*load)(struct pks_object *object, const struct pks_value *value);
};

struct kind {
	const char *type;

	/* `pkstore get`: the item under `key`, and all of them. get_one answers PKS_NOT_FOUND or 0, with the value. */
	int (*get_one)(struct pks_object *object, const char *key, struct pks_value *value_out);
	void (*get_all)(const struct get *get, struct pks_object *object, const char *path);

	/* `pkstore set`: the item under `key`; what there is only one of. NULL: as a Dict; as a Value. */
	int (*set_one)(struct pks_object *object, const char *key, const struct pks_value *value);
	int (*set_all)(struct pks_object *object, const struct pks_value *value);
	/* What was there before, where set_all sets it. PKS_NOT_FOUND. */
	int (*get_set)(struct pks_object *object, struct pks_value *value_out);

	/* `pkstore add`: to an integer, and to any number; `key` is NULL where there is only one. NULL: as a Dict. */
	int (*add)(struct pks_object *object, const char *key, int64_t by, int64_t *sum_out);
	int (*add_double)(struct pks_object *object, const char *key, double by, double *sum_out);

	/* `pkstore del`: the item under `key`. NULL: as a Dict. */
	int (*del_one)(struct pks_object *object, const char *key);

	/* `pkstore clear`. NULL: as a Dict. */
	int (*clear)(struct pks_object *object);

	/* `pkstore stat`: for people, a line each, the name 12 columns wide; for programs, pairs of the open map. */
	void (*stat_print)(struct pks_object *object, const char *path);
	void (*stat_json)(struct writer *w, struct pks_object *object, const char *path);
	/* `pkstore ls -l`: in a few words; "" is nothing to say. */
	void (*state)(struct pks_object *object, const char *path, char text_out[KIND_STATE_SIZE]);

	/* `pkstore dump`: pairs of the open map, before the attributes and behind all else. */
	void (*dump_head)(struct writer *w, struct pks_object *object, const char *path);
	void (*dump_items)(struct writer *w, struct pks_object *object, const char *path);

	/* `pkstore load`. NULL: objects of this type are not loaded. `target` is a Process's, or see kind_member. */
	struct pks_object *(*create)(struct pks_store *store, const char *path, const char *target);
	const struct kind_member *members; /* ends with an empty one; NULL: none */
	/* How "items" opens: '[', '{', or 0 when there are none. `key` is NULL in a list. */
	char items;
	const char *(*item_wrong)(
		const struct pks_value *item); /* what is wrong with it, or NULL; NULL: nothing can be */
	int (*load_item)(struct pks_object *object, const char *key, const struct pks_value *item);
};

/* The row of a type; of one that we do not know, one with nothing in it but what all objects have. Never NULL. */
const struct kind *kind_find(const char *type);

extern const struct kind kind_array;
extern const struct kind kind_barrier;
extern const struct kind kind_boundedsemaphore;
extern const struct kind kind_condition;
extern const struct kind kind_dict;
extern const struct kind kind_event;
extern const struct kind kind_lifoqueue;
extern const struct kind kind_lock;
extern const struct kind kind_log;
extern const struct kind kind_pipe;
extern const struct kind kind_priorityqueue;
extern const struct kind kind_process;
extern const struct kind kind_queue;
extern const struct kind kind_rlock;
extern const struct kind kind_semaphore;
extern const struct kind kind_value;

extern const struct kind kind_object;

/* Those that objects of all kinds may have, besides their kind's. */
extern const struct kind_member kind_any_members[];

#endif
