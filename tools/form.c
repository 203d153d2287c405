/* SPDX-License-Identifier: MIT */
#include "form.h"

#include "args.h"
#include "fail.h"
#include "open.h"

#include <pkstore/json.h>

#include <string.h>

struct form_option {
	int letter; /* of form_options */
	const char *name;
	const char *member;
	/* Ends the program if the text cannot be right. `store` NULL only checks it. */
	void (*make)(const char *text, struct pks_store *store, struct pks_value *value_out);
};

static void make_number(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	fail_if(pks_value_pack(value_out, "I", args_integer(text, "a number from 0 on", 0, INT64_MAX)), text);
}

static void make_text(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	fail_if(pks_value_pack(value_out, "s", text), text);
}

static void make_true(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	fail_if(pks_value_pack(value_out, "b", true), "an option");
}

static void make_false(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	fail_if(pks_value_pack(value_out, "b", false), "an option");
}

/* `-`: none of another path. */
static void make_reference(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	struct pks_object *object;

	if (!strcmp(text, "-")) {
		fail_if(pks_value_pack(value_out, "n"), text);
		return;
	}
	if (!store) {
		fail_if(pks_path_check(text), text);
		return;
	}
	object = open_object(store, text);
	fail_if(pks_value_pack(value_out, "o", object), text);
	pks_object_close(object);
}

static void make_json(const char *text, struct pks_store *store, struct pks_value *value_out)
{
	args_json_check(text);
	if (store)
		args_json(text, store, value_out);
	else if (pks_value_from_json(text, strlen(text), NULL, value_out) != 0)
		*value_out = (struct pks_value){0}; /* what refers to an object is seen when there is a store */
}

static const struct form_option form_members[] = {
	{'m', "--maxsize", "maxsize", make_number},      {'c', "--cap", "cap", make_number},
	{'p', "--permits", "permits", make_number},      {'a', "--parties", "parties", make_number},
	{'k', "--lock", "lock", make_reference},         {'o', "--one-way", "duplex", make_false},
	{'d', "--duplex", "duplex", make_true},          {'C', "--class", "class", make_text},
	{'u', "--unversioned", "versioned", make_false}, {'v', "--versioned", "versioned", make_true},
	{'e', "--meta", "metadata", make_json},
};

static const struct option form_options[] = {
	{"maxsize", required_argument, NULL, 'm'},
	{"cap", required_argument, NULL, 'c'},
	{"permits", required_argument, NULL, 'p'},
	{"parties", required_argument, NULL, 'a'},
	{"lock", required_argument, NULL, 'k'},
	{"one-way", no_argument, NULL, 'o'},
	{"duplex", no_argument, NULL, 'd'},
	{"class", required_argument, NULL, 'C'},
	{"unversioned", no_argument, NULL, 'u'},
	{"versioned", no_argument, NULL, 'v'},
	{"meta", required_argument, NULL, 'e'},
	{"numbers", required_argument, NULL, 'N'},
	{"length", required_argument, NULL, 'L'},
	{"if-missing", no_argument, NULL, 'M'},
	ARGS_HELP,
};

static void form_add(struct form *form, int letter, const char *text)
{
	const struct form_option *option = form_members;
	size_t i = 0;

	while (option->letter != letter)
		option++;
	/* The last one counts, as usual; --duplex after --one-way, too. */
	while (i < form->count && strcmp(form->parts[i].option->member, option->member))
		i++;
	form->parts[i] = (struct form_part){option, text};
	form->count += i == form->count;
}

char **form_read(struct form *form, int argc, char **argv, int least)
{
	for (int found; (found = args_next(argc, argv, "m:p:", form_options)) != -1;) {
		if (found == 'N')
			form->numbers = optarg;
		else if (found == 'L')
			form->length = optarg;
		else if (found == 'M')
			form->if_missing = true;
		else
			form_add(form, found, optarg);
	}
	return args_rest(argc, argv, least, -1);
}

/* ---- the members ---- */

static bool is_map(const struct pks_value *value)
{
	return pks_value_kind(value) == PKS_KIND_MAP;
}

/* `load` has its own way to this one. */
static const struct kind_member form_metadata[] = {
	{"metadata", "a JSON object", is_map, pks_object_set_metadata},
	{0},
};

static const struct kind_member *form_find(const struct kind_member *members, const char *name)
{
	for (; members && members->name; members++)
		if (!strcmp(members->name, name))
			return members;
	return NULL;
}

static const struct kind_member *form_member(const struct kind *kind, const char *name)
{
	const struct kind_member *found = form_find(kind->members, name);

	found = found ? found : form_find(kind_any_members, name);
	return found ? found : form_find(form_metadata, name);
}

static void form_check_value(const struct form_part *part, const struct kind_member *member,
                             const struct pks_value *value)
{
	if (value->data && !member->is(value))
		fail_data(FAIL_MISUSE, "%s %s: not %s", part->option->name, part->text ? part->text : "", member->must);
}

void form_check(const struct form *form, const struct kind *kind)
{
	for (size_t i = 0; i < form->count; i++) {
		const struct form_part *part = &form->parts[i];
		const struct kind_member *member = form_member(kind, part->option->member);
		struct pks_value value = {0};

		if (!member)
			fail(FAIL_MISUSE, "%s: not an option of the type %s", part->option->name, kind->type);
		part->option->make(part->text, NULL, &value);
		form_check_value(part, member, &value);
		pks_value_clear(&value);
	}
	if ((form->numbers || form->length) && kind != &kind_array)
		fail(FAIL_MISUSE, "%s: not an option of the type %s", form->numbers ? "--numbers" : "--length",
		     kind->type);
}

int form_apply(const struct form *form, struct pks_object *object)
{
	const struct kind *kind = kind_find(pks_object_type(object));
	int r = 0;

	for (size_t i = 0; i < form->count && r == 0; i++) {
		const struct form_part *part = &form->parts[i];
		const struct kind_member *member = form_member(kind, part->option->member);
		struct pks_value value = {0};

		part->option->make(part->text, pks_object_store(object), &value);
		form_check_value(part, member, &value);
		r = member->load(object, &value);
		pks_value_clear(&value);
	}
	return r;
}

bool form_has(const struct form *form, const char *member)
{
	for (size_t i = 0; i < form->count; i++)
		if (!strcmp(form->parts[i].option->member, member))
			return true;
	return false;
}
