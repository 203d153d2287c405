/* SPDX-License-Identifier: MIT */
/* A store as the library's own files see it. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "engine.h"
#include "layer.h"
#include "wake.h"

#include <pkstore/store.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct pks_store {
	struct engine *engine;
	struct wake *wake;
	char *path;
	int dir_fd; /* the directory's descriptor, close-on-exec */
	dev_t device;
	ino_t inode;
	unsigned openings; /* guarded by the registry's lock, as is `next` */
	struct pks_store *next;

	char uuid[PKS_UUID_SIZE];
	enum pks_durability durability;
	bool read_only;
	uint32_t busy_timeout_ms;
	uint32_t format;
	uint64_t fork_mark; /* fork_current() at opening: another one means that this is a forked child */
	uint64_t serial;    /* of all that this program has opened: an address may come again */

	/* Open handles (object.c). */
	pthread_mutex_t handles_lock;
	struct pks_object *handles;
	struct view *views; /* of iterators with a snapshot of their own (view.c) */
	uint64_t handles_opened; /* handles and views: tells old from new ones */

	/* What a layer asked for (layer.c). */
	int (*guard)(struct pks_store *store, void *arg);
	void *guard_arg;
	struct {
		_Atomic(void *) data; /* set once, under handles_lock; given back by layer_release_data() */
		void (*release)(void *data);
	} layer[LAYER_SLOTS];

	/* The system log's settings of this program (syslog.c). */
	atomic_int syslog_level;
	atomic_bool syslog_stderr;
	pthread_mutex_t syslog_lock;
	const char *syslog_name; /* an open handle's; NULL: the program's. Guarded by syslog_lock */
};

/* 0 when the store may be used here: not NULL, not inherited through fork(). Sets the error. */
int store_check(const struct pks_store *store);

/* 0, or PKS_ERR_USAGE in a thread of the library's own (layer.c), which may not open or close a store. */
int store_check_thread(const char *path);

/* At the close: has the layer give back what it kept (layer.c). */
void layer_release_data(struct pks_store *store);

#endif
