/* SPDX-License-Identifier: MIT */
/*
 * One list for the whole program, as constructors fill it. Which module a handler belongs to is not written down
 * anywhere: it is the one in whose mapping the handler's struct lies, and the dynamic linker knows that.
 */
#include "handler_table.h"

#include "base/error.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written under the lock, by constructors; entries are never removed, so that readers need only the head under it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pks_handler *first, **last = &first;
static atomic_bool has_kinds;

void pks_handler_register(struct pks_handler *handler)
{
	pthread_mutex_lock(&lock);
	handler->next = NULL;
	*last = handler;
	last = &handler->next;
	if (handler->defaults)
		atomic_store(&has_kinds, true);
	pthread_mutex_unlock(&lock);
}

bool handler_table_has_kinds(void)
{
	return atomic_load(&has_kinds);
}

/* What the linker knows about the module of an address; NULL when it is in none. */
static const struct link_map *map_of(const void *address)
{
	Dl_info info;
	void *map = NULL;

	if (dladdr1(address, &info, &map, RTLD_DL_LINKMAP) == 0)
		return NULL;
	return map;
}

/* The program itself is the first of the linker's list, with no name. */
static bool is_program(const struct link_map *map)
{
	return !map || (!map->l_prev && map->l_name[0] == '\0');
}

static bool belongs(const struct pks_handler *handler, void *loaded)
{
	const struct link_map *map = map_of(handler), *wanted = NULL;

	if (!loaded)
		return is_program(map);
	return dlinfo(loaded, RTLD_DI_LINKMAP, &wanted) == 0 && map == wanted;
}

int handler_table_each(void *loaded, int (*each)(const struct pks_handler *handler, void *arg), void *arg)
{
	int r = 0;

	pthread_mutex_lock(&lock);
	for (const struct pks_handler *at = first; at && r == 0; at = at->next)
		if (belongs(at, loaded))
			r = each(at, arg);
	pthread_mutex_unlock(&lock);
	return r;
}

struct search {
	const char *name;
	const struct pks_handler *found;
};

static int compare(const struct pks_handler *handler, void *arg)
{
	struct search *search = arg;

	if (strcmp(handler->name, search->name) != 0)
		return 0;
	search->found = handler;
	return 1;
}

const struct pks_handler *handler_table_find(void *loaded, const char *name)
{
	struct search search = {.name = name};

	handler_table_each(loaded, compare, &search);
	return search.found;
}

static const struct pks_handler *find_anywhere(const char *name)
{
	const struct pks_handler *at;

	pthread_mutex_lock(&lock);
	for (at = first; at && strcmp(at->name, name) != 0; at = at->next)
		;
	pthread_mutex_unlock(&lock);
	return at;
}

const struct pks_handler *handler_table_find_any(const char *name)
{
	const struct pks_handler *own = handler_table_find(NULL, name);

	return own ? own : find_anywhere(name);
}

static int program_path(char path_out[PKS_STORE_PATH_SIZE])
{
	ssize_t size = readlink("/proc/self/exe", path_out, PKS_STORE_PATH_SIZE - 1);

	if (size < 0)
		return error_set(PKS_ERR_MODULE, "/proc/self/exe: cannot tell which program this is");
	path_out[size] = '\0';
	return 0;
}

int handler_table_module(const struct pks_handler *handler, char path_out[PKS_STORE_PATH_SIZE])
{
	const struct link_map *map = map_of(handler);
	char *path;

	if (is_program(map))
		return program_path(path_out);
	path = realpath(map->l_name, NULL);
	if (!path)
		return error_set(PKS_ERR_MODULE, "%s: %s", map->l_name, strerrordesc_np(errno));
	if (strlen(path) >= PKS_STORE_PATH_SIZE) {
		free(path);
		return error_set(PKS_ERR_LIMIT, "%s: a path longer than %d bytes", map->l_name,
				 PKS_STORE_PATH_SIZE - 1);
	}
	strcpy(path_out, path);
	free(path);
	return 0;
}
