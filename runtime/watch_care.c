/* SPDX-License-Identifier: MIT */
/* Looking after what is waited for: processes whose worker may die, and queues that the dead hold items of. */
#include "watch.h"

#include "layer.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

static void care_for_process(struct pks_store *store, struct pks_object *process, int64_t *dead_since)
{
	struct await await = {.process = process, .dead_since = *dead_since};

	if (record_read(process, &await.state) == 0 &&
	    (await.state.status == STATUS_SUBMITTED || await.state.status == STATUS_RUNNING))
		await_care(store, &await);
	*dead_since = await.dead_since;
}

/* As well as it can: the wait goes on without it. */
void watcher_care(struct pks_store *store, uint64_t id, int64_t *dead_since)
{
	struct pks_object *object = layer_object_open(store, id);

	if (!object)
		return;
	if (strcmp(pks_object_type(object), RECORD_TYPE) == 0)
		care_for_process(store, object, dead_since);
	else
		layer_queue_care(object);
	pks_object_close(object);
}

static void add_patient(struct patients *patients, const struct condition *condition)
{
	size_t room = patients->room ? 2 * patients->room : 16;
	struct patient *items;

	if (!condition_needs_care(condition))
		return;
	if (patients->count == patients->room) {
		items = realloc(patients->items, room * sizeof(*items));
		if (!items)
			return; /* the next round has another chance */
		patients->items = items;
		patients->room = room;
	}
	patients->items[patients->count++] = (struct patient){pks_object_id(condition->object), condition->dead_since,
	                                                      condition->dead_since};
}

static void list_patients(const struct watcher *watcher, struct patients *patients)
{
	patients->count = 0;
	for (const struct exit_call *call = watcher->calls; call; call = call->next)
		add_patient(patients, &call->condition);
	for (const struct pks_watch *watch = watcher->watches; watch; watch = watch->next)
		for (size_t i = 0; watch->fd >= 0 && i < watch->count; i++)
			add_patient(patients, watch->conditions[i]);
}

static void note_death(struct condition *condition, const struct patient *patient)
{
	if (condition_needs_care(condition) && pks_object_id(condition->object) == patient->id)
		condition->dead_since = patient->dead_since;
}

/* What was learned, to where the next list is made from. Few of them are dead at a time. */
static void note_deaths(struct watcher *watcher, const struct patients *patients)
{
	for (size_t n = 0; n < patients->count; n++) {
		if (patients->items[n].dead_since == patients->items[n].dead_before)
			continue;
		for (struct exit_call *call = watcher->calls; call; call = call->next)
			note_death(&call->condition, &patients->items[n]);
		for (struct pks_watch *watch = watcher->watches; watch; watch = watch->next)
			for (size_t i = 0; watch->fd >= 0 && i < watch->count; i++)
				note_death(watch->conditions[i], &patients->items[n]);
	}
}

void watcher_care_for_all(struct watcher *watcher, struct patients *patients)
{
	struct pks_store *store = watcher->store;

	list_patients(watcher, patients);
	pthread_mutex_unlock(&watcher->lock);
	for (size_t i = 0; i < patients->count; i++)
		watcher_care(store, patients->items[i].id, &patients->items[i].dead_since);
	pthread_mutex_lock(&watcher->lock);
	note_deaths(watcher, patients);
}
