/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "escape.h"
#include "fail.h"
#include "kind.h"
#include "open.h"
#include "print.h"

#include <pkstore/transaction.h>

#include <stdlib.h>
#include <unistd.h>

static const struct option get_options[] = {
	{"indent", no_argument, NULL, 'i'},
	{"keys", no_argument, NULL, 'k'},
	{"prefix", required_argument, NULL, 'p'},
	{"raw", no_argument, NULL, 'r'},
	ARGS_HELP,
};

/* Raw bytes go to files and pipes as they are; a terminal might obey them. */
static bool get_print_raw(const struct pks_value *value)
{
	const char *text;
	const void *bytes;
	size_t size;
	char *copy;

	if (pks_value_text(value, &text, &size) == 0)
		bytes = text;
	else if (pks_value_bytes(value, &bytes, &size) != 0)
		return false;
	if (!isatty(STDOUT_FILENO)) {
		print_bytes(bytes, size);
		return true;
	}
	copy = escape(bytes, size, ESCAPE_TEXT);
	print_string(copy);
	free(copy);
	return true;
}

void get_print(const struct get *get, const struct pks_value *value)
{
	if (!get->raw || !get_print_raw(value))
		print_value(value, get->store, get->style, 0);
	if (!get->raw || isatty(STDOUT_FILENO))
		print_string("\n");
}

/* What has no items is asked for them all the same: as a Dict, which it then says it is not. */
static int get_one(const struct get *get, struct pks_object *object, const char *path, const char *key)
{
	const struct kind *kind = kind_find(pks_object_type(object));
	struct pks_value value = {0};
	int r = (kind->get_one ? kind : &kind_dict)->get_one(object, key, &value);

	fail_if(r, path);
	get_print(get, &value);
	pks_value_clear(&value);
	return FAIL_OK;
}

static void get_all(const struct get *get, struct pks_object *object, const char *path)
{
	const struct kind *kind = kind_find(pks_object_type(object));

	/* What has no keys is asked for them all the same: as a Dict, which it then says it is not. */
	if ((get->keys || get->prefix) && kind != &kind_process)
		kind = &kind_dict;
	(kind->get_all ? kind : &kind_dict)->get_all(get, object, path);
}

static int get_run(int argc, char **argv)
{
	struct get get = {0};
	struct pks_object *object;
	char **rest;

	for (int found; (found = args_next(argc, argv, "+ikp:r", get_options)) != -1;) {
		if (found == 'i')
			get.style = PKS_JSON_INDENT;
		else if (found == 'k')
			get.keys = true;
		else if (found == 'p')
			get.prefix = optarg;
		else
			get.raw = true;
	}
	rest = args_rest(argc, argv, 1, get.keys || get.prefix ? 1 : 2);
	get.store = open_to_read();
	fail_if(pks_snapshot_begin(get.store), "a snapshot");
	object = open_object(get.store, rest[0]);
	if (rest[1])
		return get_one(&get, object, rest[0], rest[1]);
	get_all(&get, object, rest[0]);
	return FAIL_OK;
}

const struct command cmd_get = {
	.name = "get",
	.usage = "get [-ir] PATH [KEY|INDEX|START:STOP]\n"
		 "       pkstore get [-ik] [-p PREFIX] PATH",
	.brief = "prints an item, or all items, as JSON",
	.help = "Prints the item of a Dict or a Process under KEY, or the entry of a Log at INDEX: counted\n"
		"from 0 at the oldest, from -1 at the newest; the number of an Array at INDEX; or a list of those\n"
		"from START up to but not including STOP, either of which may be left out. Without one it\n"
		"prints all: a Dict as one JSON object, a Value as what it holds, a Log, an Array or a queue,\n"
		"whose items stay, entry by entry, one JSON text per line. Exits with 1 when it is not there.\n"
		"\n"
		"  -i, --indent         over several lines, for people\n"
		"  -k, --keys           of a Dict only the keys, one per line\n"
		"  -p, --prefix PREFIX  of a Dict only the items whose keys begin so\n"
		"  -r, --raw            text without quotes and bytes as they are, without a newline\n"
		"\n"
		"Options stand before PATH, so that `pkstore get PATH -1` is the newest entry. The first -- is\n"
		"passed over, before PATH or behind it: a KEY that is -- itself is the one behind that.\n",
	.run = get_run,
};

static int len_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 1, 1);
	struct pks_object_info info;

	fail_if(pks_object_info(open_object(open_to_read(), rest[0]), &info), rest[0]);
	print_format("%llu\n", (unsigned long long)info.count);
	return FAIL_OK;
}

const struct command cmd_len = {
	.name = "len",
	.usage = "len PATH",
	.brief = "prints how many items an object has",
	.help = "Prints how many items a Dict, a Process or a queue has, entries a Log, or numbers an Array; of a\n"
		"Value 1 when it is set, else 0.\n",
	.run = len_run,
};
