/* SPDX-License-Identifier: MIT */
/*
 * Where a handler is: here, in a shared object that pkstore-worker loads and keeps, or in the program that this worker
 * was executed from; or in another program, which is then executed. Code that is loaded cannot be exchanged, so a file
 * that was replaced since is executed, or loaded by a fresh pkstore-worker, as if it were another one.
 */
#include "worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "handler_table.h"
#include "programs.h"
#include "target.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct loaded {
	struct loaded *next;
	char *path;
	struct module_file file;
	void *handle;
};

/* The worker's, which has one main thread; nothing is ever unloaded. */
static struct loaded *modules;

static struct loaded *find_loaded(const char *path)
{
	struct loaded *at = modules;

	while (at && strcmp(at->path, path) != 0)
		at = at->next;
	return at;
}

static struct loaded *remember(const char *path, const struct module_file *file, void *handle)
{
	struct loaded *loaded = malloc(sizeof(*loaded));
	char *copy = strdup(path);

	if (!loaded || !copy) {
		free(loaded);
		free(copy);
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	*loaded = (struct loaded){modules, copy, *file, handle};
	modules = loaded;
	return loaded;
}

static struct loaded *load(const char *path, const struct module_file *file)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		error_set(PKS_ERR_MODULE, "cannot load %s", dlerror());
		return NULL;
	}
	return remember(path, file, handle);
}

int worker_preload(const char *module)
{
	struct module_file file;
	int r = module_file(module, &file);

	if (r == 0 && !load(module, &file))
		r = PKS_ERR_MODULE;
	return r;
}

bool worker_holds(const struct worker *worker, const char *module, const char *handler)
{
	const struct loaded *loaded = find_loaded(module);

	if (worker->is_program)
		return handler_table_find(NULL, handler) != NULL;
	return loaded && handler_table_find(loaded->handle, handler) != NULL;
}

static int take_handler(const struct target *target, void *loaded, struct worker_choice *choice)
{
	const struct pks_handler *handler = handler_table_find(loaded, target->handler);

	if (!handler)
		return error_set(PKS_ERR_MODULE, "%s: it has no handler %s", target->module, target->handler);
	choice->handler = handler;
	return 0;
}

static int choose_shared(struct worker *worker, const struct target *target, const struct module_file *file,
			 struct worker_choice *choice)
{
	struct loaded *loaded = find_loaded(target->module);

	if (worker->is_program || (loaded && !module_file_equal(&loaded->file, file)))
		return programs_find(PROGRAM_WORKER, choice->program);
	if (!loaded) {
		loaded = load(target->module, file);
		witness_modules(&worker->witness);
	}
	return loaded ? take_handler(target, loaded->handle, choice) : PKS_ERR_MODULE;
}

static int choose(struct worker *worker, const struct target *target, const struct module_file *file,
		  struct worker_choice *choice)
{
	enum module_kind kind;
	int r;

	if (worker->is_program && module_file_equal(file, &worker->program))
		return take_handler(target, NULL, choice);
	r = module_kind(target->module, &kind);
	if (r < 0)
		return r;
	if (kind == MODULE_SHARED_OBJECT)
		return choose_shared(worker, target, file, choice);
	strcpy(choice->program, target->module);
	return 0;
}

/*
 * Processes come in crowds of one target, so the last one found here is kept. A process runs the code that was there
 * when it was submitted, or newer: so the file is looked at again for one that was submitted after the last look.
 */
static struct {
	char target[PKS_STORE_PATH_SIZE], module[PKS_STORE_PATH_SIZE];
	struct module_file file;
	const struct pks_handler *handler;
	uint64_t looked_ns; /* since 1970, as the time of submission; CLOCK_MONOTONIC at the same moment */
	int64_t looked_at;
} last;

/* Of a clock that was set meanwhile nothing follows. */
#define CLOCK_SET_NS CLOCK_NS_PER_MS

static bool looked_since(const struct worker_moment *now, uint64_t submitted_ns)
{
	int64_t passed = now->monotonic - last.looked_at, by_wall = (int64_t)(now->wall_ns - last.looked_ns);

	return submitted_ns < last.looked_ns && by_wall - passed < CLOCK_SET_NS && passed - by_wall < CLOCK_SET_NS;
}

static bool is_last(const struct worker_moment *now, const struct worker_claim *claim)
{
	struct module_file file;
	uint64_t now_ns;

	if (!last.handler || strcmp(claim->target, last.target) != 0)
		return false;
	if (looked_since(now, claim->submitted_ns))
		return true;
	now_ns = clock_wall();
	if (module_file(last.module, &file) != 0 || !module_file_equal(&file, &last.file))
		return false;
	last.looked_at = clock_monotonic();
	last.looked_ns = now_ns;
	return true;
}

/* A module that was not found when the process was made is looked for once more, in the pool's environment. */
static int find_again(char module[PKS_STORE_PATH_SIZE])
{
	char found[PKS_STORE_PATH_SIZE];
	const char *folders = getenv(MODULE_PATH_ENV);
	int r = pks_module_find(module, found);

	if (r == 0)
		strcpy(module, found);
	else if (r == PKS_ERR_MODULE && strchr(module, '/'))
		r = error_set(r, "%s: there is no such module: not found by who started it, nor from the pool's "
			      "folder, /",
			      module);
	else if (r == PKS_ERR_MODULE)
		r = error_set(r, "%s: there is no such module: not found by who started it, nor in the pool's "
				 "$" MODULE_PATH_ENV " (%s)",
			      module, folders && *folders ? folders : "not set");
	return r;
}

static int find(struct worker *worker, const char *text, struct worker_choice *choice)
{
	struct target target;
	struct module_file file;
	int r = target_parse(text, &target);

	if (r == 0 && target.module[0] != '/')
		r = find_again(target.module);
	if (r == 0)
		r = module_file(target.module, &file);
	if (r == 0)
		r = choose(worker, &target, &file, choice);
	if (r == 0 && choice->handler) {
		strcpy(last.target, text);
		strcpy(last.module, target.module);
		last.file = file;
		last.handler = choice->handler;
		last.looked_ns = 0;
	}
	return r;
}

int worker_choose(struct worker *worker, const struct worker_claim *claim, struct worker_choice *choice_out)
{
	choice_out->handler = NULL;
	if (!is_last(&worker->now, claim))
		return find(worker, claim->target, choice_out);
	choice_out->handler = last.handler;
	return 0;
}
