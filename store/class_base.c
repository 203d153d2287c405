/* SPDX-License-Identifier: MIT */
#include "class_base.h"

#include <pkstore/array.h>
#include <pkstore/barrier.h>
#include <pkstore/cell.h>
#include <pkstore/condition.h>
#include <pkstore/dict.h>
#include <pkstore/event.h>
#include <pkstore/lock.h>
#include <pkstore/log.h>
#include <pkstore/pipe.h>
#include <pkstore/queue.h>
#include <pkstore/semaphore.h>

#include <string.h>

static struct pks_object *open_plain(struct pks_store *store, const char *path, const struct pks_class *class,
                                     enum pks_mode mode)
{
	return pks_plain_open(store, path, mode);
}

static struct pks_object *open_dict(struct pks_store *store, const char *path, const struct pks_class *class,
                                    enum pks_mode mode)
{
	return pks_dict_open(store, path, mode);
}

static struct pks_object *open_log(struct pks_store *store, const char *path, const struct pks_class *class,
                                   enum pks_mode mode)
{
	return pks_log_open(store, path, mode);
}

static struct pks_object *open_queue(struct pks_store *store, const char *path, const struct pks_class *class,
                                     enum pks_mode mode)
{
	return pks_queue_open(store, path, class->size, mode);
}

static struct pks_object *open_lifoqueue(struct pks_store *store, const char *path, const struct pks_class *class,
                                         enum pks_mode mode)
{
	return pks_lifoqueue_open(store, path, class->size, mode);
}

static struct pks_object *open_priorityqueue(struct pks_store *store, const char *path, const struct pks_class *class,
                                             enum pks_mode mode)
{
	return pks_priorityqueue_open(store, path, class->size, mode);
}

static struct pks_object *open_cell(struct pks_store *store, const char *path, const struct pks_class *class,
                                    enum pks_mode mode)
{
	return pks_cell_open(store, path, mode);
}

static struct pks_object *open_array(struct pks_store *store, const char *path, const struct pks_class *class,
                                     enum pks_mode mode)
{
	return pks_array_open(store, path, class->number, class->size, mode);
}

static struct pks_object *open_lock(struct pks_store *store, const char *path, const struct pks_class *class,
                                    enum pks_mode mode)
{
	return pks_lock_open(store, path, mode);
}

static struct pks_object *open_rlock(struct pks_store *store, const char *path, const struct pks_class *class,
                                     enum pks_mode mode)
{
	return pks_rlock_open(store, path, mode);
}

static struct pks_object *open_semaphore(struct pks_store *store, const char *path, const struct pks_class *class,
                                         enum pks_mode mode)
{
	return pks_semaphore_open(store, path, class->size, mode);
}

static struct pks_object *open_bounded(struct pks_store *store, const char *path, const struct pks_class *class,
                                       enum pks_mode mode)
{
	return pks_boundedsemaphore_open(store, path, class->size, mode);
}

static struct pks_object *open_event(struct pks_store *store, const char *path, const struct pks_class *class,
                                     enum pks_mode mode)
{
	return pks_event_open(store, path, mode);
}

static struct pks_object *open_condition(struct pks_store *store, const char *path, const struct pks_class *class,
                                         enum pks_mode mode)
{
	return pks_condition_open(store, path, NULL, mode);
}

static struct pks_object *open_barrier(struct pks_store *store, const char *path, const struct pks_class *class,
                                       enum pks_mode mode)
{
	return pks_barrier_open(store, path, class->size, mode);
}

static struct pks_object *open_pipe(struct pks_store *store, const char *path, const struct pks_class *class,
                                    enum pks_mode mode)
{
	return pks_pipe_open(store, path, true, mode);
}

static const struct class_base bases[] = {
	{.type = "object", .open = open_plain},
	{.type = "dict", .open = open_dict},
	{.type = "log", .open = open_log},
	{.type = "queue", .open = open_queue},
	{.type = "lifoqueue", .open = open_lifoqueue},
	{.type = "priorityqueue", .open = open_priorityqueue},
	{.type = "value", .open = open_cell},
	{.type = "array", .open = open_array, .needs_size = true, .needs_number = true},
	{.type = "lock", .open = open_lock},
	{.type = "rlock", .open = open_rlock},
	{.type = "semaphore", .open = open_semaphore},
	{.type = "boundedsemaphore", .open = open_bounded, .needs_size = true},
	{.type = "event", .open = open_event},
	{.type = "condition", .open = open_condition},
	{.type = "barrier", .open = open_barrier, .needs_size = true},
	{.type = "pipe", .open = open_pipe},
};

const struct class_base *class_base_find(const char *type)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++)
		if (strcmp(bases[i].type, type) == 0)
			return &bases[i];
	return NULL;
}
