/* SPDX-License-Identifier: MIT */
/* What can be seen now not to work in a worker is refused when it is set: later there is nobody to be told. */
#include "pool_outfit.h"

#include "base/error.h"
#include "base/worker_mode.h"
#include "pool.h"
#include "within.h"

#include <pkstore/object.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int get_int(const struct pks_value *value, const char *setting, int64_t least, int64_t most, int64_t *number_out)
{
	int r = pks_value_int(value, number_out);

	if (r == PKS_ERR_TYPE)
		return error_set(r, "the setting '%s' is an integer", setting);
	if (r < 0 || *number_out < least || *number_out > most)
		return error_set(PKS_ERR_RANGE, "the setting '%s' is at least %lld and at most %lld", setting,
				 (long long)least, (long long)most);
	return 0;
}

static int check_limit(const char *setting, const struct pks_value *value)
{
	int64_t number;

	return get_int(value, setting, 1, INT64_MAX, &number);
}

static int check_folder(const char *folder)
{
	struct stat status;

	if (folder[0] != '/' || strlen(folder) >= PKS_STORE_PATH_SIZE)
		return error_set(PKS_ERR_RANGE, "%.64s: the folder of workers is an absolute path of at most %d bytes",
				 folder, PKS_STORE_PATH_SIZE - 1);
	if (stat(folder, &status) != 0)
		return error_errno(errno, "%s", folder);
	if (!S_ISDIR(status.st_mode))
		return error_set(PKS_ERR_RANGE, "%s: not a folder", folder);
	return access(folder, X_OK) == 0 ? 0 : error_errno(errno, "%s", folder);
}

static int check_cwd(const char *setting, const struct pks_value *value)
{
	char *folder;
	int r = pks_value_string(value, &folder);

	if (r < 0)
		return error_set(r, "the setting '%s' is a text", setting);
	r = check_folder(folder);
	free(folder);
	return r;
}

static bool is_ours(const char *name, size_t size)
{
	return (size == strlen(WORKER_MODE_ENV) && memcmp(name, WORKER_MODE_ENV, size) == 0) ||
	       (size == strlen(WITHIN_ENV) && memcmp(name, WITHIN_ENV, size) == 0) ||
	       (size == strlen(POOL_MARK_ENV) && memcmp(name, POOL_MARK_ENV, size) == 0);
}

static int check_variable(const struct pks_value *key, const struct pks_value *value)
{
	const char *name, *text = "";
	size_t name_size, size = 0;

	if (pks_value_text(key, &name, &name_size) < 0 ||
	    (pks_value_kind(value) != PKS_KIND_NULL && pks_value_text(value, &text, &size) < 0))
		return error_set(PKS_ERR_TYPE, "an environment is a map of texts to texts or null");
	if (name_size == 0 || memchr(name, '=', name_size) || memchr(name, '\0', name_size) ||
	    memchr(text, '\0', size) || is_ours(name, name_size))
		return error_set(PKS_ERR_USAGE, "%.*s: not to be set in an environment",
				 name_size > 64 ? 64 : (int)name_size, name);
	return 0;
}

static int check_env(const char *setting, const struct pks_value *value)
{
	struct pks_value_iter iter;
	struct pks_value key, element;
	int r = pks_value_kind(value) == PKS_KIND_MAP ? pks_value_iter_init(&iter, value) : PKS_ERR_TYPE;

	if (r < 0)
		return error_set(r, "the setting '%s' is a map of texts", setting);
	while (r == 0 && (r = pks_value_next(&iter, &key, &element)) == 0)
		r = check_variable(&key, &element);
	return r == PKS_END ? 0 : r;
}

/* Who may raise a priority is told by a limit that counts from 20 down, or is root. */
static int check_nice(const char *setting, const struct pks_value *value)
{
	struct rlimit limit;
	int64_t nice;
	int r = get_int(value, setting, -20, 19, &nice);

	if (r < 0)
		return r;
	if (nice < getpriority(PRIO_PROCESS, 0) && geteuid() != 0 &&
	    (getrlimit(RLIMIT_NICE, &limit) != 0 || nice < 20 - (int64_t)limit.rlim_cur))
		return error_set(PKS_ERR_ACCESS, "a nice value of %lld: only root may set one that low",
				 (long long)nice);
	return 0;
}

static int check_cpu(const struct pks_value *value)
{
	cpu_set_t usable;
	uint64_t cpu;
	int r = pks_value_uint(value, &cpu);

	if (r < 0 && r != PKS_ERR_RANGE)
		return error_set(r, "a CPU is a number");
	if (sched_getaffinity(0, sizeof(usable), &usable) != 0)
		return error_errno(errno, "the usable CPUs");
	if (r < 0 || cpu >= CPU_SETSIZE || !CPU_ISSET((size_t)cpu, &usable))
		return error_set(PKS_ERR_RANGE, "CPU %llu: there is none, or this program may not use it",
				 r < 0 ? 0ULL : (unsigned long long)cpu);
	return 0;
}

static int check_cpus(const char *setting, const struct pks_value *value)
{
	struct pks_value_iter iter;
	struct pks_value element;
	size_t count = 0;
	int r = pks_value_kind(value) == PKS_KIND_LIST ? pks_value_count(value, &count) : PKS_ERR_TYPE;

	if (r < 0)
		return error_set(r, "the setting '%s' is a list of integers", setting);
	if (count == 0)
		return error_set(PKS_ERR_RANGE, "the setting '%s' names at least one CPU", setting);
	r = pks_value_iter_init(&iter, value);
	while (r == 0 && (r = pks_value_next(&iter, NULL, &element)) == 0)
		r = check_cpu(&element);
	return r == PKS_END ? 0 : r;
}

int pool_outfit_check(const char *setting, const struct pks_value *value)
{
	static const struct {
		const char *setting;
		int (*check)(const char *setting, const struct pks_value *value);
	} table[] = {{"max_processes", check_limit}, {"max_bytes", check_limit}, {"cwd", check_cwd}, {"env", check_env},
		     {"nice", check_nice},	     {"cpus", check_cpus}};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(setting, table[i].setting) == 0)
			return table[i].check(setting, value);
	return 0;
}
