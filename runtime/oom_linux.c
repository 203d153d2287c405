/* SPDX-License-Identifier: MIT */
#include "oom.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool oom_count(const char *path, uint64_t *count_out)
{
	FILE *file = fopen(path, "re");
	char line[128];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "oom_kill %" SCNu64, count_out) == 1;
	fclose(file);
	return found;
}

void oom_begin_at(struct oom *oom, const char *path)
{
	*oom = (struct oom){0};
	if (!oom_count(path, &oom->seen))
		return;
	oom->last = oom->seen;
	snprintf(oom->path, sizeof(oom->path), "%s", path);
}

/* A line of /proc/self/cgroup: "0::/PATH" of the second version, "N:memory:/PATH" of the first. */
static bool take_line(const char *line, char *path, size_t size)
{
	const char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
	int length = group ? (int)strcspn(group + 1, "\n") : 0;

	if (!group)
		return false;
	if (strncmp(line, "0::", 3) == 0)
		snprintf(path, size, "/sys/fs/cgroup%.*s/memory.events", length, group + 1);
	else if (strncmp(controllers, ":memory:", strlen(":memory:")) == 0)
		snprintf(path, size, "/sys/fs/cgroup/memory%.*s/memory.oom_control", length, group + 1);
	else
		return false;
	return true;
}

void oom_begin(struct oom *oom)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PKS_STORE_PATH_SIZE], path[PKS_STORE_PATH_SIZE];

	*oom = (struct oom){0};
	if (!file)
		return;
	while (!oom->path[0] && fgets(line, sizeof(line), file))
		if (take_line(line, path, sizeof(path)))
			oom_begin_at(oom, path);
	fclose(file);
}

void oom_tick(struct oom *oom)
{
	uint64_t now;

	if (!oom->path[0] || !oom_count(oom->path, &now))
		return;
	if (oom->seen < oom->last)
		oom->seen = oom->last;
	oom->last = now;
}

enum oom_answer oom_ask(struct oom *oom)
{
	uint64_t now;

	if (!oom->path[0] || !oom_count(oom->path, &now))
		return OOM_UNKNOWN;
	if (now <= oom->seen)
		return OOM_NO;
	oom->seen++;
	return OOM_YES;
}
