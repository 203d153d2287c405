/* SPDX-License-Identifier: MIT */
/*
 * A module's handlers are known only to its own constructors, and to run those is to run its code: a child does it,
 * which may crash or hang without harm to the caller.
 */
#include "base/error.h"
#include "module.h"
#include "order.h"
#include "programs.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The names of a module's handlers together, in bytes: more than any program has. */
#define LIST_SIZE (256 * 1024)

/* A program that has not entered pks_worker_main() by then does not call it first thing in main(). */
#define LIST_TIMEOUT_MS 10000

/* Runs the program with the order; its list, which ends with a NUL, goes to `list`. */
static int ask(const char *program, const struct order *order, char *list, size_t *size_out)
{
	char text[ORDER_SIZE];
	const char *const set[] = {text, NULL};
	struct spawn spawn = {.program = program, .set = set, .output_as = ORDER_LIST_FD, .own_group = true};
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_errno(errno, "cannot make a pipe");
	order_format(order, text);
	spawn.output = ends[1];
	r = spawn_start(&spawn, &pid);
	close(ends[1]);
	if (r == 0) {
		spawn_read_all(ends[0], LIST_TIMEOUT_MS, list, LIST_SIZE, size_out);
		kill(-pid, SIGKILL); /* the program's own work, if it did not do as it was told */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return r;
}

static int ask_module(const char *module, char *list, size_t *size_out)
{
	char program[PKS_STORE_PATH_SIZE];
	struct order order = {.kind = ORDER_LIST};
	enum module_kind kind;
	int r = pks_module_find(module, order.path);

	if (r == 0)
		r = module_kind(order.path, &kind);
	if (r < 0)
		return r;
	if (kind == MODULE_PROGRAM) {
		strcpy(program, order.path);
		order.path[0] = '\0';
	} else {
		r = programs_find(PROGRAM_WORKER, program);
	}
	if (r == 0)
		r = ask(program, &order, list, size_out);
	return r == PKS_ERR_POOL ? error_set(PKS_ERR_MODULE, "%s", pks_error_message()) : r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_names(const char *names, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += names[i] == '\0';
	return count;
}

static int call_each(const char *names, size_t size, int (*each)(const char *name, void *arg), void *arg)
{
	size_t count = count_names(names, size);
	const char **sorted = calloc(count + 1, sizeof(*sorted));
	int r = 0;

	if (!sorted)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		sorted[i] = names;
		names += strlen(names) + 1;
	}
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; i < count && r == 0; i++)
		r = each(sorted[i], arg);
	free(sorted);
	return r;
}

static int use(const char *module, const char *list, size_t size, int (*each)(const char *name, void *arg), void *arg)
{
	if (size > 0 && list[0] == ORDER_LIST_NAMES)
		return call_each(list + 1, size - 1, each, arg);
	if (size > 0 && list[0] == ORDER_LIST_REASON)
		return error_set(PKS_ERR_MODULE, "cannot load %s", list + 1);
	return error_set(PKS_ERR_MODULE, "%s: it does not call pks_worker_main()", module);
}

int pks_module_handlers(const char *module, int (*each)(const char *name, void *arg), void *arg)
{
	char *list = malloc(LIST_SIZE);
	size_t size = 0;
	int r;

	if (!list)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	r = ask_module(module, list, &size);
	if (r == 0)
		r = use(module, list, size, each, arg);
	free(list);
	return r;
}
