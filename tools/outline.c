/* SPDX-License-Identifier: MIT */
/* The attributes `args`, `kwargs`, `options` and `state` are those of store/FORMAT.md. */
#include "outline.h"

#include "print.h"
#include "units.h"

#include <pkstore/process_family.h>

#include <stdlib.h>

#define OUTLINE_NS_PER_MS UINT64_C(1000000)

/* Where the priority is in the state. */
#define OUTLINE_PRIORITY 2

struct outline {
	struct pks_store *store;
	size_t lines;
};

static void outline_label(struct outline *outline, const char *label)
{
	print_format("%s%-14s", outline->lines++ ? "" : "\n", label);
}

static void outline_value(struct outline *outline, const char *label, const struct pks_value *value)
{
	outline_label(outline, label);
	print_value(value, outline->store, PKS_JSON_LINE, 0);
	print_string("\n");
}

/* Not as JSON, where it is a text. */
static void outline_text(struct outline *outline, const char *label, const struct pks_value *value)
{
	char *text;

	if (pks_value_string(value, &text) != 0) {
		outline_value(outline, label, value);
		return;
	}
	outline_label(outline, label);
	print_text(text);
	print_string("\n");
	free(text);
}

static void outline_attribute(struct outline *outline, struct pks_object *process, const char *name)
{
	struct pks_value value = {0};

	if (pks_attr_get(process, name, &value) == 0)
		outline_value(outline, name, &value);
	pks_value_clear(&value);
}

static void outline_priority(struct outline *outline, struct pks_object *process)
{
	struct pks_value state = {0}, element;
	int64_t priority = 0;

	if (pks_attr_get(process, "state", &state) == 0 && pks_value_at(&state, OUTLINE_PRIORITY, &element) == 0 &&
	    pks_value_int(&element, &priority) == 0 && priority != 0)
		outline_value(outline, "priority", &element);
	pks_value_clear(&state);
}

/* The names and texts would push all else out of sight. */
static void outline_environment(struct outline *outline, const char *label, const struct pks_value *value)
{
	size_t count;

	if (pks_value_count(value, &count) != 0)
		return;
	outline_label(outline, label);
	print_format("%zu names of its own, which `pkstore stat` tells\n", count);
}

static void outline_grace(struct outline *outline, const char *label, const struct pks_value *value)
{
	char text[UNITS_SIZE];
	int64_t ms;

	if (pks_value_int(value, &ms) != 0)
		return;
	if (ms >= 0)
		units_duration((uint64_t)ms * OUTLINE_NS_PER_MS, text);
	outline_label(outline, label);
	print_format("%s\n", ms < 0 ? "for ever" : text);
}

/* [pid, start, boot], or [pid, start, boot, process, attempt]. */
static void outline_daemon(struct outline *outline, const char *label, const struct pks_value *value)
{
	struct pks_value pid, id;
	struct pks_object *keeper;
	struct pks_object_info info;
	uint64_t number;
	int64_t of;

	if (pks_value_at(value, 0, &pid) != 0 || pks_value_int(&pid, &of) != 0)
		return;
	outline_label(outline, label);
	print_format("ends with pid %lld", (long long)of);
	if (pks_value_at(value, 3, &id) == 0 && pks_value_uint(&id, &number) == 0) {
		keeper = pks_object_from_id(outline->store, number);
		if (keeper && pks_object_info(keeper, &info) == 0) {
			print_string(", ");
			print_text(info.path);
		}
		pks_object_close(keeper);
	}
	print_string("\n");
}

static const struct {
	const char *option, *label;
	void (*print)(struct outline *outline, const char *label, const struct pks_value *value);
} outline_options[] = {
	{"method", "method", outline_text},
	{"pool", "pool", outline_text},
	{"cwd", "folder", outline_text},
	{"env", "environment", outline_environment},
	{"stdin", "input", outline_value},
	{"level", "level", outline_value},
	{"output_cap", "output cap", outline_value},
	{"grace", "grace", outline_grace},
	{"daemon", "daemon", outline_daemon},
};

static void outline_print_options(struct outline *outline, struct pks_object *process)
{
	struct pks_value options = {0}, value;

	if (pks_attr_get(process, "options", &options) != 0)
		return;
	for (size_t i = 0; i < sizeof(outline_options) / sizeof(*outline_options); i++)
		if (pks_value_find(&options, outline_options[i].option, &value) == 0)
			outline_options[i].print(outline, outline_options[i].label, &value);
	pks_value_clear(&options);
}

static void outline_parent(struct outline *outline, struct pks_object *process)
{
	struct pks_object *parent = pks_process_parent(process);
	struct pks_object_info info;

	if (parent && pks_object_info(parent, &info) == 0) {
		outline_label(outline, "parent");
		print_text(info.path);
		print_string("\n");
	}
	pks_object_close(parent);
}

/* With its folder, which the table leaves out, and whole. */
static void outline_target(struct outline *outline, struct pks_object *process)
{
	struct pks_process_info info;

	if (pks_process_info(process, &info) != 0)
		return;
	outline_label(outline, "target");
	print_text(info.target);
	print_string("\n");
}

void outline_print(struct pks_store *store, struct pks_object *process)
{
	struct outline outline = {.store = store};

	outline_target(&outline, process);
	outline_attribute(&outline, process, "args");
	outline_attribute(&outline, process, "kwargs");
	outline_priority(&outline, process);
	outline_print_options(&outline, process);
	outline_parent(&outline, process);
}
