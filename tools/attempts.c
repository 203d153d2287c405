/* SPDX-License-Identifier: MIT */
#include "attempts.h"

#include "fail.h"

#include <pkstore/process_control.h>

static void attempts_add(struct attempts *attempts, const struct attempt *attempt)
{
	if (attempts->count < ATTEMPTS_MAX)
		attempts->known[attempts->count++] = *attempt;
}

/* One that ended before it ran has written nothing, and has no number of its own. */
static void attempts_add_earlier(struct attempts *attempts, const struct pks_value *entry)
{
	int64_t submitted = 0, started = 0;
	struct attempt attempt;

	if (pks_value_unpack(entry, "{s:U, s:?t, s:?t}", "attempt", &attempt.number, "submitted", &submitted, "started",
	                     &started) != 0 ||
	    !started)
		return;
	attempt.submitted_ns = (uint64_t)submitted;
	attempt.started_ns = (uint64_t)started;
	attempts_add(attempts, &attempt);
}

void attempts_read(struct attempts *attempts, struct pks_object *process, const char *path)
{
	struct pks_value list = {0}, entry;
	struct pks_value_iter iter;
	struct pks_process_info info;

	*attempts = (struct attempts){0};
	fail_if(pks_process_history(process, &list), path);
	fail_if(pks_value_iter_init(&iter, &list), path);
	while (pks_value_next(&iter, NULL, &entry) == 0)
		attempts_add_earlier(attempts, &entry);
	pks_value_clear(&list);
	fail_if(pks_process_info(process, &info), path);
	if (info.started_ns)
		attempts_add(attempts, &(struct attempt){info.attempt, info.submitted_ns, info.started_ns});
}

bool attempts_are_old(const struct attempts *attempts, struct pks_object *process, const char *path)
{
	const struct attempt *last = attempts_find(attempts, 0);
	struct pks_process_info info;

	fail_if(pks_process_info(process, &info), path);
	return info.started_ns && (!last || last->number != info.attempt);
}

const struct attempt *attempts_of(struct attempts *attempts, const struct pks_value *line)
{
	int64_t time_ns = 0;

	pks_value_unpack(line, "{s:?t}", "time", &time_ns);
	while (attempts->at + 1 < attempts->count &&
	       attempts->known[attempts->at + 1].submitted_ns <= (uint64_t)time_ns)
		attempts->at++;
	if (attempts->count == 0 ||
	    (attempts->at == 0 && attempts->known[0].number > 1 && attempts->known[0].submitted_ns > (uint64_t)time_ns))
		return NULL;
	return &attempts->known[attempts->at];
}

const struct attempt *attempts_find(const struct attempts *attempts, int64_t number)
{
	if (number <= 0)
		return number > -(int64_t)attempts->count ? &attempts->known[attempts->count - 1 + (size_t)number]
		                                          : NULL;
	for (size_t i = 0; i < attempts->count; i++)
		if (attempts->known[i].number == (uint64_t)number)
			return &attempts->known[i];
	return NULL;
}
