/* SPDX-License-Identifier: MIT */
/* create and alter: objects of all types, and what they are made with. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "form.h"
#include "open.h"

#include <pkstore/transaction.h>

#include <stdio.h>
#include <string.h>

struct create {
	struct form form;
	const struct kind *kind;
	char **paths;
	char made_with[64]; /* for kind->create(): of an Array the member "array", as JSON */
	const char *failed; /* the path that the code is about */
};

/* ---- create ---- */

static const struct kind *create_kind(const char *type)
{
	const struct kind *kind = kind_find(type);

	if (kind == &kind_process)
		fail(FAIL_MISUSE, "create: `pkstore run --no-start` is what makes a process");
	if (!kind->create)
		fail(FAIL_MISUSE, "%s: not a type of objects", type);
	return kind;
}

static void create_check(struct create *create)
{
	const struct form *form = &create->form;

	form_check(form, create->kind);
	if (create->kind == &kind_barrier && !form_has(form, "parties"))
		fail(FAIL_MISUSE, "create: a barrier is made with --parties N");
	if (create->kind == &kind_array) {
		if (!form->numbers || !form->length)
			fail(FAIL_MISUSE, "create: an array is made with --numbers TYPE and --length N");
		if (!pks_number_named(form->numbers))
			fail(FAIL_MISUSE, "'%s' is no type of numbers", form->numbers);
		snprintf(create->made_with, sizeof(create->made_with), "[\"%s\",%lld]", form->numbers,
		         (long long)args_integer(form->length, "a length", 1, INT64_MAX));
	}
	for (char **path = create->paths; *path; path++)
		fail_if(pks_path_check(*path), *path);
}

/* Whether there is one already, which is right with --if-missing as long as it is of the type. */
static int create_look(const struct create *create, struct pks_store *store, const char *path)
{
	struct pks_object *object = pks_object_open(store, path);

	if (!object)
		return pks_error_code();
	if (!create->form.if_missing)
		fail(FAIL_NO, "%s: there already is one", path);
	if (strcmp(pks_object_type(object), create->kind->type))
		fail_data(FAIL_MISUSE, "%s: is of the type %s, not %s", path, pks_object_type(object),
		          create->kind->type);
	pks_object_close(object);
	return 0;
}

static int create_one(const struct create *create, struct pks_store *store, const char *path)
{
	int r = create_look(create, store, path);
	struct pks_object *object;

	if (r != PKS_NOT_FOUND)
		return r;
	object = create->kind->create(store, path, create->made_with);
	if (!object)
		return pks_error_code();
	r = form_apply(&create->form, object);
	pks_object_close(object);
	return r;
}

static int create_all(struct pks_store *store, void *arg)
{
	struct create *create = arg;
	int r = 0;

	for (char **path = create->paths; *path && r == 0; path++) {
		create->failed = *path;
		r = create_one(create, store, *path);
	}
	return r;
}

static int create_run(int argc, char **argv)
{
	struct create create = {0};
	char **rest = form_read(&create.form, argc, argv, 2);

	create.kind = create_kind(rest[0]);
	create.paths = rest + 1;
	create.failed = rest[1];
	create_check(&create);
	fail_if(pks_atomically(open_to_create(), create_all, &create), create.failed);
	return FAIL_OK;
}

const struct command cmd_create = {
	.name = "create",
	.usage = "create [OPTION...] TYPE PATH...",
	.brief = "creates objects of any type",
	.help = "Creates an object of TYPE at each PATH, all or none of them, and the store if need be. TYPE is\n"
		"dict, log, value, array, queue, lifoqueue, priorityqueue, pipe, lock, rlock, semaphore,\n"
		"boundedsemaphore, event, condition, barrier or object, which has attributes only. A process is\n"
		"made by `pkstore run --no-start`. Exits with 1 when there already is one.\n"
		"\n"
		"  array           --numbers TYPE  uint8, uint16, uint32, uint64, int8, int16, int32, int64, half,\n"
		"                                  float, double or uint8clamped\n"
		"                  --length N      how many; all are 0\n"
		"  barrier         --parties N     how many wait for each other\n"
		"  condition       --lock PATH     the Lock or RLock that it has; without it one of its own\n"
		"  log             --cap N         how many entries it keeps, the newest; 0: all, as without it\n"
		"  pipe            --one-way       end 1 sends and end 0 receives; without it both do both\n"
		"  queues      -m, --maxsize N     how many items they have room for; 0: any number, as without it\n"
		"  semaphores  -p, --permits N     how many; 1 without it. A semaphore with 0 is for signals, see\n"
		"                                  `pkstore semaphore`\n"
		"\n"
		"  any type        --class NAME    a program's own name for what it is. What the program does with\n"
		"                                  new objects of the class is not done: only the program can\n"
		"                  --meta JSON     its metadata, see `pkstore meta`\n"
		"                  --unversioned   its version stays as it is, and nobody can wait for its changes\n"
		"                  --if-missing    one of the type that is there already stays as it is\n"
		"\n"
		"How large it may become is for `pkstore limit`; `pkstore alter` changes all else later, but what\n"
		"an array is made with.\n",
	.run = create_run,
};

/* ---- alter ---- */

static int alter_apply(struct pks_store *store, void *arg)
{
	struct create *alter = arg;
	struct pks_object *object = open_object(store, alter->paths[0]);
	int r;

	form_check(&alter->form, kind_find(pks_object_type(object)));
	r = form_apply(&alter->form, object);
	pks_object_close(object);
	return r;
}

static int alter_run(int argc, char **argv)
{
	struct create alter = {0};

	alter.paths = form_read(&alter.form, argc, argv, 1);
	args_rest(argc, argv, 1, 1);
	if (alter.form.numbers || alter.form.length || alter.form.if_missing)
		fail(FAIL_MISUSE, "alter: --numbers, --length and --if-missing are for new objects");
	if (alter.form.count == 0)
		fail(FAIL_MISUSE, "alter: nothing is to be changed");
	fail_if(pks_atomically(open_to_change(), alter_apply, &alter), alter.paths[0]);
	return FAIL_OK;
}

const struct command cmd_alter = {
	.name = "alter",
	.usage = "alter OPTION... PATH",
	.brief = "changes what an object was made with",
	.help = "Changes the object at PATH, in one transaction, as if it had been created so: the options are\n"
		"those of `pkstore create` but --numbers, --length and --if-missing, and\n"
		"\n"
		"      --class NAME    '': of none\n"
		"      --versioned     its version moves again\n"
		"      --duplex        a Pipe: both ends send and receive\n"
		"      --lock -        a Condition: a lock of its own again; refused while somebody holds its lock\n"
		"                      or waits\n"
		"      --cap N         a Log: entries beyond that are gone\n"
		"  -m, --maxsize N     a queue: what is in it stays, also beyond that\n"
		"  -p, --permits N     a semaphore: it is as new, and nobody holds any of them\n"
		"      --parties N     a Barrier: it is as new, and those who wait are told that it is broken\n",
	.run = alter_run,
};
