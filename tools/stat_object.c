/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "kind.h"
#include "print.h"
#include "stat.h"
#include "units.h"

/* ---- for programs ---- */

void stat_sizes_json(struct writer *w, const struct pks_object_info *info)
{
	writer_key(w, "versioned");
	writer_pack(w, "b", info->versioned);
	if (info->class_name[0])
		writer_pair_string(w, "class", info->class_name);
	writer_pair_uint(w, "bytes", info->bytes);
	if (info->limit)
		writer_pair_uint(w, "limit", info->limit);
	if (info->limit_bytes)
		writer_pair_uint(w, "limit_bytes", info->limit_bytes);
}

static void stat_object_json(struct pks_object *object, const struct pks_object_info *info,
                             const struct pks_value *metadata)
{
	const struct kind *kind = kind_find(info->type);
	struct writer w;

	writer_init(&w, pks_object_store(object), PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "path", info->path);
	writer_pair_string(&w, "type", info->type);
	writer_pair_string(&w, "uuid", info->uuid);
	writer_pair_uint(&w, "id", info->id);
	writer_pair_time(&w, "created", info->created_ns);
	writer_pair_uint(&w, "version", info->version);
	stat_sizes_json(&w, info);
	writer_pair_uint(&w, "count", info->count);
	if (kind->stat_json)
		kind->stat_json(&w, object, info->path);
	writer_key(&w, "metadata");
	writer_value(&w, metadata);
	writer_key(&w, "attributes");
	writer_items(&w, pks_attr_iter(object), info->path);
	writer_end(&w);
}

/* ---- for people ---- */

static void stat_print_attributes(struct pks_object *object, const char *path)
{
	struct pks_iter *iter = pks_attr_iter(object);
	struct pks_value value = {0};
	const char *name;
	int r;

	if (!iter)
		fail_handle(path);
	while ((r = pks_iter_next(iter, &name, &value)) == 0) {
		print_string("attribute   ");
		print_text(name);
		print_string(" = ");
		print_value(&value, pks_object_store(object), PKS_JSON_LINE, 0);
		print_string("\n");
	}
	pks_iter_close(iter);
	if (r != PKS_END)
		fail_code(r, path);
}

static void stat_print_object(struct pks_object *object, const struct pks_object_info *info,
                              const struct pks_value *metadata)
{
	const struct kind *kind = kind_find(info->type);
	char text[UNITS_SIZE];

	units_time(info->created_ns, text);
	print_string("path        ");
	print_text(info->path);
	print_format("\ntype        %s\n", info->type);
	print_format("uuid        %s\n", info->uuid);
	print_format("id          %llu\n", (unsigned long long)info->id);
	print_format("created     %s\n", text);
	if (info->class_name[0]) {
		print_string("class       ");
		print_text(info->class_name);
		print_string("\n");
	}
	print_format("version     %llu%s\n", (unsigned long long)info->version,
	             info->versioned ? "" : ", unversioned");
	units_bytes(info->bytes, text);
	print_format("bytes       %s\n", text);
	if (info->limit)
		print_format("limit       %llu entries\n", (unsigned long long)info->limit);
	units_bytes(info->limit_bytes, text);
	if (info->limit_bytes)
		print_format("limit       %s\n", text);
	print_format("count       %llu\n", (unsigned long long)info->count);
	if (kind->stat_print)
		kind->stat_print(object, info->path);
	print_string("metadata    ");
	print_value(metadata, pks_object_store(object), PKS_JSON_LINE, 0);
	print_string("\n");
	stat_print_attributes(object, info->path);
}

void stat_object(struct pks_object *object, const char *path, bool json)
{
	struct pks_value metadata = {0};
	struct pks_object_info info;

	fail_if(pks_object_info(object, &info), path);
	fail_if(pks_object_metadata(object, &metadata), path);
	if (json)
		stat_object_json(object, &info, &metadata);
	else
		stat_print_object(object, &info, &metadata);
	pks_value_clear(&metadata);
}
