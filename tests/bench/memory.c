/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest line of /proc/PID/stat that matters here: up to the parent's pid. */
#define LINE_SIZE 512

static int64_t parent_of(const char *pid)
{
	char path[64], line[LINE_SIZE] = "";
	int64_t parent = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	/* The name in parentheses may hold anything, a parenthesis too. */
	if (fgets(line, sizeof(line), file) && strrchr(line, ')'))
		sscanf(strrchr(line, ')') + 1, " %*c %" SCNd64, &parent);
	fclose(file);
	return parent;
}

static void add_line(const char *line, struct memory *memory)
{
	uint64_t kib;

	if (sscanf(line, "Pss: %" SCNu64, &kib) == 1)
		memory->pss += 1024 * kib;
	if (sscanf(line, "Private_Clean: %" SCNu64, &kib) == 1 || sscanf(line, "Private_Dirty: %" SCNu64, &kib) == 1)
		memory->private += 1024 * kib;
	if (sscanf(line, "RssAnon: %" SCNu64, &kib) == 1 || sscanf(line, "RssFile: %" SCNu64, &kib) == 1)
		memory->resident += 1024 * kib;
}

/* Whether there was such a file. */
static bool add_file(const char *pid, const char *name, struct memory *memory)
{
	char path[64], line[LINE_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		add_line(line, memory);
	fclose(file);
	return true;
}

static void add(const char *pid, struct memory *memory)
{
	if (add_file(pid, "smaps_rollup", memory) && add_file(pid, "status", memory))
		memory->processes++;
}

int memory_of_children(int64_t parent, struct memory *memory_out)
{
	struct memory memory = {0};
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		return -1;
	while ((entry = readdir(proc)))
		if (atoi(entry->d_name) > 0 && parent_of(entry->d_name) == parent)
			add(entry->d_name, &memory);
	closedir(proc);
	if (memory.processes == 0)
		return -1;
	*memory_out = memory;
	return 0;
}
