/* SPDX-License-Identifier: MIT */
#include "quota_tally.h"

#include "base/error.h"

#include <stdlib.h>

struct tally_entry {
	struct quota_path namespace; /* in a path that lives as long as the tally */
	struct quota quota;
	struct quota_size delta;
	bool grows; /* by what may not pass a limit of bytes */
};

/* NULL and 0: the namespace has no limit. */
static int find_entry(struct tally *tally, struct txn *txn, struct quota_path namespace, struct tally_entry **entry_out)
{
	struct quota quota;
	int r;

	*entry_out = NULL;
	for (size_t i = 0; i < tally->count; i++) {
		struct tally_entry *entry = &tally->entries[i];

		if (entry->namespace.size == namespace.size &&
		    memcmp(entry->namespace.text, namespace.text, namespace.size) == 0) {
			*entry_out = entry;
			return 0;
		}
	}
	r = quota_find(txn, namespace, &quota);
	if (r != 0)
		return r < 0 ? r : 0;
	if (tally->count == tally->room) {
		size_t room = tally->room ? 2 * tally->room : 4;
		struct tally_entry *entries = realloc(tally->entries, room * sizeof(*entries));

		if (!entries)
			return error_set(PKS_ERR_MEMORY, "out of memory");
		tally->entries = entries;
		tally->room = room;
	}
	*entry_out = &tally->entries[tally->count++];
	**entry_out = (struct tally_entry){.namespace = namespace, .quota = quota};
	return 0;
}

int tally_add(struct tally *tally, struct txn *txn, struct quota_path path, struct quota_size delta, bool grows)
{
	struct tally_entry *entry;
	int r = 0;

	for (size_t size = 0; r == 0 && size < path.size; size++) {
		if (size > 0 && path.text[size] != '/')
			continue;
		r = find_entry(tally, txn, (struct quota_path){path.text, size}, &entry);
		if (r < 0 || !entry)
			continue;
		entry->delta.objects += delta.objects;
		entry->delta.bytes += delta.bytes;
		entry->grows |= grows;
	}
	return r;
}

/* What foreign writers have not counted must not wrap it around; `pkstore check` finds such a difference. */
static int64_t add(int64_t used, int64_t delta)
{
	return used + delta > 0 ? used + delta : 0;
}

int tally_apply(struct tally *tally, struct txn *txn)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < tally->count; i++) {
		struct tally_entry *entry = &tally->entries[i];
		struct quota_size used = {
			add(entry->quota.used.objects, entry->delta.objects),
			add(entry->quota.used.bytes, entry->delta.bytes),
		};

		if (entry->delta.objects == 0 && entry->delta.bytes == 0)
			continue;
		r = quota_check(&entry->quota, entry->namespace, used, entry->grows);
		entry->quota.used = used;
		if (r == 0)
			r = quota_put(txn, entry->namespace, &entry->quota);
	}
	return r;
}

void tally_release(struct tally *tally)
{
	free(tally->entries);
}
