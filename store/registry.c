/* SPDX-License-Identifier: MIT */
#include "registry.h"

#include "base/fork.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct pks_store *stores; /* linked by `next` */

/* The thread that held it at fork() is not in the child; the list's links are moved one at a time and always whole. */
static void registry_in_child(void)
{
	pthread_mutex_init(&lock, NULL);
}

static void registry_init(void)
{
	pthread_atfork(NULL, NULL, registry_in_child);
}

void registry_lock(void)
{
	pthread_once(&once, registry_init);
	pthread_mutex_lock(&lock);
}

void registry_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

struct pks_store *registry_find(dev_t device, ino_t inode)
{
	struct pks_store *store = stores;

	while (store && (store->device != device || store->inode != inode || store->fork_mark != fork_current()))
		store = store->next;
	return store;
}

void registry_add(struct pks_store *store)
{
	store->next = stores;
	stores = store;
}

void registry_remove(struct pks_store *store)
{
	struct pks_store **at = &stores;

	while (*at && *at != store)
		at = &(*at)->next;
	if (*at)
		*at = store->next;
}
