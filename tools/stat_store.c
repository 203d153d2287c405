/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "print.h"
#include "stat.h"
#include "units.h"
#include "writer.h"

static const char *stat_durability(enum pks_durability durability)
{
	switch (durability) {
	case PKS_DURABILITY_FULL:
		return "full";
	case PKS_DURABILITY_RELAXED:
		return "relaxed";
	case PKS_DURABILITY_NONE:
		return "none";
	default:
		return "unknown";
	}
}

static void stat_store_readers_json(struct writer *w, const struct pks_store_stat *stat)
{
	writer_key(w, "readers");
	writer_list(w);
	for (size_t i = 0; i < stat->reader_count; i++) {
		writer_map(w);
		writer_pair_uint(w, "pid", (uint64_t)stat->readers[i].pid);
		writer_pair_uint(w, "snapshots", stat->readers[i].snapshots);
		writer_pair_uint(w, "age", stat->readers[i].age);
		writer_pair_uint(w, "age_ns", stat->readers[i].age_ns);
		writer_pair_uint(w, "pinned_bytes", stat->readers[i].pinned_bytes);
		writer_end(w);
	}
	writer_end(w);
}

static void stat_store_json(struct pks_store *store, const struct pks_store_stat *stat)
{
	struct writer w;

	writer_init(&w, NULL, PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "path", pks_store_path(store));
	writer_pair_string(&w, "uuid", stat->uuid);
	writer_pair_uint(&w, "format", stat->format);
	writer_pair_string(&w, "durability", stat_durability(stat->durability));
	writer_pair_uint(&w, "objects", stat->objects);
	writer_pair_uint(&w, "last_commit", stat->last_commit);
	writer_pair_uint(&w, "used", stat->used);
	writer_pair_uint(&w, "file", stat->file);
	writer_pair_uint(&w, "map_size", stat->map_size);
	writer_key(&w, "writer_pid");
	writer_pack(&w, stat->writer_pid ? "I" : "n", stat->writer_pid);
	writer_pair_time(&w, "writer_since", stat->writer_since_ns);
	writer_pair_uint(&w, "readers_used", stat->readers_used);
	writer_pair_uint(&w, "readers_max", stat->readers_max);
	stat_store_readers_json(&w, stat);
	writer_end(&w);
}

static void stat_store_sizes(const struct pks_store_stat *stat)
{
	char used[UNITS_SIZE], file[UNITS_SIZE], map[UNITS_SIZE];

	units_bytes(stat->used, used);
	units_bytes(stat->file, file);
	units_bytes(stat->map_size, map);
	print_format("size        %s used, %s file, %s map\n", used, file, map);
}

static void stat_store_writer(const struct pks_store_stat *stat)
{
	char since[UNITS_SIZE];

	units_time(stat->writer_since_ns, since);
	if (stat->writer_pid == 0)
		print_string("writer      none\n");
	else if (stat->writer_pid < 0)
		print_string("writer      a foreign program\n");
	else
		print_format("writer      pid %lld since %s\n", (long long)stat->writer_pid, since);
}

static void stat_store_readers(const struct pks_store_stat *stat)
{
	char pinned[UNITS_SIZE], age[UNITS_SIZE];

	print_format("readers     %u of %u slots\n", stat->readers_used, stat->readers_max);
	for (size_t i = 0; i < stat->reader_count; i++) {
		units_bytes(stat->readers[i].pinned_bytes, pinned);
		units_duration(stat->readers[i].age_ns, age);
		print_format(
			"reader      pid %lld: snapshots %llu, commits behind %llu, for at least %s, pins up to %s\n",
			(long long)stat->readers[i].pid, (unsigned long long)stat->readers[i].snapshots,
			(unsigned long long)stat->readers[i].age, age, pinned);
	}
}

void stat_store(struct pks_store *store, bool json)
{
	struct pks_store_stat stat;

	fail_if(pks_store_stat(store, &stat), pks_store_path(store));
	if (json) {
		stat_store_json(store, &stat);
		return;
	}
	print_string("path        ");
	print_text(pks_store_path(store));
	print_format("\nuuid        %s\n", stat.uuid);
	print_format("format      %u\n", stat.format);
	print_format("durability  %s\n", stat_durability(stat.durability));
	print_format("objects     %llu\n", (unsigned long long)stat.objects);
	print_format("commits     %llu\n", (unsigned long long)stat.last_commit);
	stat_store_sizes(&stat);
	stat_store_writer(&stat);
	stat_store_readers(&stat);
}
