/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "load.h"
#include "open.h"
#include "print.h"

#include <errno.h>
#include <string.h>

/* How much of the input is copied at once. */
#define LOAD_COPY_SIZE ((size_t)64 * 1024)

/* What cannot be read three times, a pipe, is copied to a file that nobody else sees. */
static FILE *load_spool(FILE *in, const char *name)
{
	static char buffer[LOAD_COPY_SIZE];
	FILE *copy = tmpfile();
	size_t got;

	if (!copy)
		fail(FAIL_STORE, "a temporary file: %s", strerror(errno));
	while ((got = fread(buffer, 1, sizeof(buffer), in)) > 0)
		if (fwrite(buffer, 1, got, copy) != got)
			fail(FAIL_STORE, "a temporary file: %s", strerror(errno));
	if (ferror(in))
		fail(FAIL_STORE, "%s: %s", name, strerror(errno));
	fclose(in);
	return copy;
}

static void load_input(struct scan *scan, const char *path)
{
	FILE *in = stdin;

	if (path && strcmp(path, "-")) {
		in = fopen(path, "re");
		if (!in)
			fail(FAIL_STORE, "%s: %s", path, strerror(errno));
		scan->name = path;
	} else {
		scan->name = "standard input";
	}
	/* A file as stdin may stand anywhere: only its rest was meant. */
	scan->in = in == stdin || fseeko(in, 0, SEEK_SET) != 0 ? load_spool(in, scan->name) : in;
}

static void load_check(struct load *load)
{
	const char *twice;

	load_pass(load, LOAD_CHECK);
	twice = load_paths_sort(&load->paths);
	if (!twice)
		twice = load_limits_sort(&load->limits);
	if (twice)
		fail_data(FAIL_MISUSE, "%s: %s: is there twice", load->scan.name, twice);
	if (load->references)
		load_pass(load, LOAD_REFER);
}

static int load_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 0, 1);
	struct load load = {0};
	unsigned long long objects;

	load_input(&load.scan, *rest);
	load.batch.store = open_if_there();
	load_check(&load);
	if (!load.batch.store)
		load.batch.store = open_to_create();
	load_pass(&load, LOAD_MAKE);
	objects = load_pass(&load, LOAD_FILL);
	load_limits_set(&load.limits, load.batch.store);
	load_limits_release(&load.limits);
	load_batch_release(&load.batch);
	load_paths_release(&load.paths);
	scan_release(&load.scan);
	fclose(load.scan.in);
	print_format("%llu\n", objects);
	if (load.started)
		fail_warn(FAIL_OK, "processes that had been started and are created here: %llu", load.started);
	return FAIL_OK;
}

const struct command cmd_load = {
	.name = "load",
	.usage = "load [FILE]",
	.brief = "reads objects that dump has written",
	.help = "Puts the objects that `pkstore dump` has written to FILE, or to standard input, into the store:\n"
		"their items, attributes and metadata, classes and limits, and the limits of namespaces. Creates\n"
		"the store if need be, and prints how many objects there were.\n"
		"\n"
		"Every value comes back as it was. What does not: uuids, ids, times of creation and versions are\n"
		"new; a Log's positions count from 0 again; items of a queue that somebody held can be had, and\n"
		"all its items count as unfinished; nobody holds a lock or waits, and a Condition whose lock was\n"
		"dropped has one of its own; a Semaphore has the permits that it was made with, not those that\n"
		"were released beyond; no end of a Pipe was opened yet, also one that was closed; a Process keeps\n"
		"what it is to run, its result and its error, but has not been started in this store: its status\n"
		"is created, without exit code, attempts and times, and of its output nobody knows which attempt\n"
		"has written what. A line on stderr tells how many had another status.\n"
		"\n"
		"References are by path: what they refer to must be in the same input, or in the store.\n"
		"\n"
		"Before anything is created, all of the input is checked: exits with 1 when there already is an\n"
		"object at one of the paths, or a limit on one of the namespaces, and with 2 when the input is\n"
		"not what dump writes, or refers to what is not there. A large object is filled in\n"
		"several transactions.\n",
	.run = load_run,
};
