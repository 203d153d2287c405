/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"
#include "writer.h"

#include <pkstore/check.h>

#include <stdio.h>
#include <string.h>

struct check {
	bool json, repair;
};

static const struct option check_options[] = {
	{"repair", no_argument, NULL, 'r'},
	{"json", no_argument, NULL, 'j'},
	ARGS_HELP,
};

/* LMDB's longest key in hex, with a blank behind each part that FORMAT.md sets apart. */
#define CHECK_KEY_SIZE (2 * 511 + 4)

static void check_key(const struct pks_finding *finding, char text_out[CHECK_KEY_SIZE])
{
	const unsigned char *key = finding->key;
	bool object = finding->key_size >= 9 && key[0] == 4;
	char *at = text_out;

	*at = '\0';
	for (size_t i = 0; i < finding->key_size; i++) {
		if (i == 1 || (object && (i == 9 || i == 10)))
			*at++ = ' ';
		at += sprintf(at, "%02x", key[i]);
	}
}

static void check_print(const struct check *check, const struct pks_finding *finding)
{
	char key[CHECK_KEY_SIZE];

	if (*finding->path)
		print_text(finding->path);
	else if (finding->id)
		print_format("object %llu", (unsigned long long)finding->id);
	else
		print_string("the store");
	print_format(": %s: ", pks_check_name(finding->code));
	print_text(finding->what);
	check_key(finding, key);
	if (*key)
		print_format(" [%s]", key);
	if (finding->repair)
		print_format("; %s%s", check->repair ? "repaired: " : "--repair: ", finding->repair);
	else if (check->repair && !finding->is_note)
		print_string("; left alone");
	print_string("\n");
}

static void check_print_json(const struct check *check, const struct pks_finding *finding)
{
	char key[CHECK_KEY_SIZE];
	struct writer w;

	check_key(finding, key);
	writer_init(&w, NULL, PKS_JSON_LINE);
	writer_map(&w);
	writer_pair_string(&w, "code", pks_check_name(finding->code));
	writer_key(&w, "note");
	writer_pack(&w, "b", finding->is_note);
	writer_pair_string(&w, "path", finding->path);
	writer_pair_uint(&w, "id", finding->id);
	writer_pair_string(&w, "key", key);
	writer_pair_string(&w, "what", finding->what);
	writer_pair_string(&w, "repair", finding->repair ? finding->repair : "");
	writer_key(&w, "repaired");
	writer_pack(&w, "b", check->repair && finding->repair);
	writer_end(&w);
}

static int check_report(const struct pks_finding *finding, void *arg)
{
	const struct check *check = arg;

	(check->json ? check_print_json : check_print)(check, finding);
	return 0;
}

static void check_print_result(const struct check *check, const struct pks_check_result *result)
{
	print_format("%llu objects, %llu records: ", (unsigned long long)result->objects,
	             (unsigned long long)result->records);
	if (result->wrong == 0)
		print_string("all is well");
	else
		print_format("%llu wrong", (unsigned long long)result->wrong);
	if (check->repair && result->wrong > 0)
		print_format(", %llu repaired", (unsigned long long)result->repaired);
	if (result->notes > 0)
		print_format(", %llu references to nothing", (unsigned long long)result->notes);
	print_string("\n");
}

static int check_run(int argc, char **argv)
{
	struct pks_check_options options = {0};
	struct pks_check_result result;
	struct check check = {0};
	int r;

	for (int found; (found = args_next(argc, argv, "", check_options)) != -1;)
		*(found == 'r' ? &check.repair : &check.json) = true;
	args_rest(argc, argv, 0, 0);
	options.repair = check.repair;
	r = pks_check(check.repair ? open_to_change() : open_to_read(), &options, check_report, &check, &result);
	if (r != PKS_MISMATCH)
		fail_if(r, "check");
	if (!check.json)
		check_print_result(&check, &result);
	return r == 0 ? FAIL_OK : FAIL_NO;
}

const struct command cmd_check = {
	.name = "check",
	.usage = "check [--repair] [--json]",
	.brief = "verifies the whole store",
	.help = "Looks at every record of the store, over one snapshot and beside running programs: whether each\n"
		"can be read, whether counts, catalog and index agree, whether every record belongs to an object,\n"
		"whether no two objects have the same uuid.\n"
		"Prints what is wrong, one finding per line: the object's path, the kind of the finding, what it\n"
		"is, the record's key in hex as store/FORMAT.md describes it, and what --repair does about it.\n"
		"Exits with 1 when something is wrong, and with --repair when something could not be repaired.\n"
		"\n"
		"References to dropped objects are told, too, but are no reason to exit with 1: programs may\n"
		"leave them behind.\n"
		"\n"
		"      --repair  rebuilds what is derived: counts, sizes, catalog, index, the store's counters, and\n"
		"                settings that submitted processes and daemons need; of two objects with the same\n"
		"                uuid the younger one gets another.\n"
		"                Nothing that was stored is deleted: objects without a header get a new one, and\n"
		"                without a path, one below lost+found/. What cannot be read is left alone\n"
		"      --json    one JSON object per line, one for each finding\n",
	.run = check_run,
};
