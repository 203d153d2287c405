/* SPDX-License-Identifier: MIT */
/* Classes: which ones this program knows, and objects of them. */
#include "base/error.h"
#include "base/utf8.h"
#include "class_base.h"
#include "object.h"

#include <pkstore/transaction.h>

#include <stdlib.h>

/* ---- which there are ----
 *
 * One list for the whole program, as modules register theirs when they are loaded, before they see any store. What is
 * in it stays: pointers to it are handed out. The newest one of a name stands first.
 */

struct class_entry {
	struct pks_class class;
	struct pks_value defaults;
	const struct class_base *base;
	struct class_entry *next;
	char name[PKS_CLASS_MAX + 1];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct class_entry *entries;

static const struct class_entry *find_entry(const char *name)
{
	struct class_entry *entry;

	pthread_mutex_lock(&lock);
	entry = entries;
	pthread_mutex_unlock(&lock);
	while (entry && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

const struct pks_class *pks_class_find(const char *name)
{
	const struct class_entry *entry = name ? find_entry(name) : NULL;

	return entry ? &entry->class : NULL;
}

static bool has_control(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if (*at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
			return true;
	return false;
}

static int check_name(const char *name)
{
	size_t size = name ? strlen(name) : 0;

	if (size == 0)
		return error_set(PKS_ERR_USAGE, "a class without a name");
	if (size > PKS_CLASS_MAX)
		return error_set(PKS_ERR_LIMIT, "'%.40s...': a class's name of %zu bytes; the limit is %d", name, size,
		                 PKS_CLASS_MAX);
	if (!utf8_valid(name, size) || has_control(name))
		return error_set(PKS_ERR_SYNTAX, "a class's name that is not UTF-8, or has control characters");
	return 0;
}

static int check_defaults(const char *name, const struct pks_value *defaults)
{
	struct pks_value_iter iter;
	struct pks_value key, value;
	int r = 0;

	if (!defaults)
		return 0;
	if (pks_value_kind(defaults) != PKS_KIND_MAP)
		return error_set(PKS_ERR_TYPE, "the defaults of class %s are not a map", name);
	pks_value_iter_init(&iter, defaults);
	while (r == 0 && (r = pks_value_next(&iter, &key, &value)) == 0)
		if (pks_value_kind(&key) != PKS_KIND_TEXT)
			r = error_set(PKS_ERR_TYPE, "a default of class %s has a name that is no text", name);
	return r == PKS_END ? 0 : r;
}

static int add_entry(const struct pks_class *description, const struct class_base *base)
{
	struct class_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	entry->class = *description;
	entry->base = base;
	strcpy(entry->name, description->name);
	entry->class.name = entry->name;
	entry->class.type = base->type;
	if (description->defaults && pks_value_copy(description->defaults, &entry->defaults) < 0) {
		free(entry);
		return PKS_ERR_MEMORY;
	}
	entry->class.defaults = description->defaults ? &entry->defaults : NULL;
	pthread_mutex_lock(&lock);
	entry->next = entries;
	entries = entry;
	pthread_mutex_unlock(&lock);
	return 0;
}

int pks_class_register(const struct pks_class *description)
{
	const struct class_base *base;
	int r = check_name(description ? description->name : NULL);

	if (r < 0)
		return r;
	base = class_base_find(description->type ? description->type : "object");
	if (!base)
		return error_set(PKS_ERR_USAGE, "class %s: no class can be built on the type '%.40s'",
		                 description->name, description->type);
	if ((base->needs_size && description->size == 0) ||
	    (base->needs_number && pks_number_size(description->number) == 0))
		return error_set(PKS_ERR_USAGE, "class %s: it does not say how many, or which, its %s is for",
		                 description->name, state_type_title(base->type));
	r = check_defaults(description->name, description->defaults);
	return r < 0 ? r : add_entry(description, base);
}

int pks_class_registerf(const struct pks_class *description, const char *format, ...)
{
	struct pks_class with_defaults = description ? *description : (struct pks_class){0};
	struct pks_value defaults = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vpack(&defaults, format, args);
	va_end(args);
	with_defaults.defaults = &defaults;
	if (r == 0)
		r = pks_class_register(&with_defaults);
	pks_value_clear(&defaults);
	return r;
}

/* ---- objects ---- */

static int set_attribute(struct pks_object *object, const struct pks_value *key, const struct pks_value *value)
{
	char *name;
	int r = pks_value_string(key, &name);

	if (r < 0)
		return r;
	r = pks_attr_set(object, name, value);
	free(name);
	return r;
}

static int set_defaults(struct pks_object *object, const struct pks_value *defaults)
{
	struct pks_value_iter iter;
	struct pks_value key, value;
	int r = defaults ? pks_value_iter_init(&iter, defaults) : PKS_END;

	while (r == 0 && (r = pks_value_next(&iter, &key, &value)) == 0)
		r = set_attribute(object, &key, &value);
	return r == PKS_END ? 0 : r;
}

static int set_class(struct scope *scope, struct state *state, const char *name)
{
	if (strcmp(state->class, name) == 0)
		return 0;
	txn_touch(scope->txn, state);
	strcpy(state->class, name);
	return 0;
}

int pks_object_set_class(struct pks_object *object, const char *class_name)
{
	const char *name = class_name ? class_name : "";
	struct scope scope = {0};
	struct state *state;
	int r = object_check(object, BASE_ANY);

	if (r == 0 && *name)
		r = check_name(name);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, object, BASE_ANY, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_class(&scope, state, name));
	} while (scope_again(&scope, r));
	return r;
}

static int made(struct pks_object *object, const struct class_entry *entry)
{
	int r = entry->class.on_create ? entry->class.on_create(object, entry->class.arg) : 0;

	if (r != 0 && pks_error_code() != r)
		error_set(r, "%s: class %s did not let it be created", object->path, entry->name);
	return r;
}

struct class_opening {
	const char *path;
	const struct class_entry *entry;
	enum pks_mode mode;
	struct pks_object *object;
};

static int create(struct pks_store *store, struct class_opening *opening)
{
	struct pks_object *object =
		opening->entry->base->open(store, opening->path, &opening->entry->class, PKS_MUST_CREATE);
	int r;

	opening->object = object;
	if (!object)
		return pks_error_code();
	r = pks_object_set_class(object, opening->entry->name);
	if (r == 0)
		strcpy(object->class, opening->entry->name); /* nobody else has this handle yet */
	if (r == 0)
		r = set_defaults(object, opening->entry->class.defaults);
	return r == 0 ? made(object, opening->entry) : r;
}

/* In one transaction, as somebody else may have created it since we looked. It may be run again. */
static int open_or_create(struct pks_store *store, void *arg)
{
	struct class_opening *opening = arg;

	pks_object_close(opening->object);
	opening->object = NULL;
	if (!opening->path || opening->mode == PKS_MUST_CREATE || pks_object_exists(store, opening->path) != 0)
		return create(store, opening);
	opening->object = pks_object_open(store, opening->path);
	return opening->object ? 0 : pks_error_code();
}

static int check_class(const struct pks_object *object, const struct class_entry *entry)
{
	if (strcmp(object->class, entry->name) == 0 && strcmp(object->type, entry->base->type) == 0)
		return 0;
	return error_set(PKS_ERR_TYPE, "%s: is of %s%s, a %s, not of class %s on %s", object->path,
	                 object->class[0] ? "class " : "no class", object->class, state_type_title(object->type),
	                 entry->name, state_type_title(entry->base->type));
}

/* Looks first: an object that exists is opened without the write lock. */
static int open_class(struct pks_store *store, struct class_opening *opening)
{
	int r = PKS_NOT_FOUND;

	if (opening->path && opening->mode != PKS_MUST_CREATE) {
		opening->object = pks_object_open(store, opening->path);
		r = opening->object ? 0 : pks_error_code();
	}
	if (r == PKS_NOT_FOUND && opening->mode == PKS_MUST_EXIST)
		return error_set(r, "%s: there is no such object",
		                 opening->path ? opening->path : opening->entry->name);
	if (r == PKS_NOT_FOUND)
		r = pks_atomically(store, open_or_create, opening);
	return r == 0 ? check_class(opening->object, opening->entry) : r;
}

struct pks_object *pks_class_open(struct pks_store *store, const char *path, const char *class_name, enum pks_mode mode)
{
	struct class_opening opening = {.path = path, .mode = mode};
	int r = store_check(store);

	if (r == 0)
		r = object_mode_check(mode);
	if (r == 0 && path)
		r = pks_path_check(path);
	if (r < 0)
		return NULL;
	opening.entry = class_name ? find_entry(class_name) : NULL;
	if (!opening.entry) {
		error_set(PKS_ERR_USAGE, "%s: this program has not registered a class '%.40s'",
		          path ? path : store->path, class_name ? class_name : "");
		return NULL;
	}
	if (open_class(store, &opening) == 0)
		return opening.object;
	pks_object_close(opening.object);
	return NULL;
}
