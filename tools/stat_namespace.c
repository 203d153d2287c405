/* SPDX-License-Identifier: MIT */
#include "fail.h"
#include "print.h"
#include "stat.h"
#include "units.h"
#include "writer.h"

#include <pkstore/namespace.h>

static void stat_namespace_json(const struct pks_namespace_info *info)
{
	struct writer w;

	writer_init(&w, NULL, PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "path", info->path);
	writer_pair_string(&w, "type", "namespace");
	writer_pair_uint(&w, "objects", info->objects);
	writer_pair_uint(&w, "bytes", info->bytes);
	writer_pair_uint(&w, "limit_objects", info->limit_objects);
	writer_pair_uint(&w, "limit_bytes", info->limit_bytes);
	writer_end(&w);
}

void stat_namespace(struct pks_store *store, const char *path, bool json)
{
	struct pks_namespace_info info;
	char bytes[UNITS_SIZE];

	fail_if(pks_namespace_info(store, path, &info), path);
	if (json) {
		stat_namespace_json(&info);
		return;
	}
	print_string("path        ");
	print_text(info.path);
	print_format("/\ntype        namespace\nobjects     %llu\n", (unsigned long long)info.objects);
	units_bytes(info.bytes, bytes);
	print_format("bytes       %s\n", bytes);
	if (info.limit_objects)
		print_format("limit       %llu objects\n", (unsigned long long)info.limit_objects);
	units_bytes(info.limit_bytes, bytes);
	if (info.limit_bytes)
		print_format("limit       %s\n", bytes);
}
