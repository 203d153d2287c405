/* SPDX-License-Identifier: MIT */
/*
 * Objects of one's own kinds. A plain Object has attributes and nothing else; a class is a program's own name for what
 * an object is, on top of any type: its attributes when it is new, and what else is to be done then.
 *
 *     static int counter_made(struct pks_object *counter, void *arg)
 *     {
 *             return pks_attr_setf(counter, "maker", "s", (const char *)arg);
 *     }
 *
 *     static const struct pks_class counter = {.name = "counter", .on_create = counter_made, .arg = "me"};
 *
 *     pks_class_registerf(&counter, "{s:i, s:i}", "value", 0, "step", 1);
 *     struct pks_object *hits = pks_class_open(store, "site/hits", "counter", PKS_OPEN_OR_CREATE);
 *
 * The object keeps the class's name, and opening its path by any call gives it back: pks_object_class(). Nothing else
 * of the class is stored: a program that does not know it opens the object as its type, a Dict as a Dict.
 *
 * Classes are registered per program, before they are used; any thread.
 */
#ifndef PKSTORE_CLASS_H
#define PKSTORE_CLASS_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

/* The longest name of a class, in bytes. */
#define PKS_CLASS_MAX 31

struct pks_class {
	const char *name; /* UTF-8, 1 to PKS_CLASS_MAX bytes, no control characters */
	/*
	 * What its objects are: any type but "process", of which kinds are made otherwise (PKS_PROCESS_KIND() in
	 * handler.h). NULL: "object". A new Pipe is duplex and a new Condition has a lock of its own; on_create() can
	 * change that.
	 */
	const char *type;
	/*
	 * Called once for each new object, when it has its attributes, inside the transaction that creates it: other
	 * programs see the object when all is done. What it returns, unless it is 0, becomes pks_class_open()'s code,
	 * and nothing has been created. It must not wait, and may be run again (see pks_atomically()). NULL: nothing.
	 */
	int (*on_create)(struct pks_object *object, void *arg);
	void *arg;
	/*
	 * What new objects of some types are made with: the maxsize of a queue, the permits of a Semaphore; and, not 0
	 * or else PKS_ERR_USAGE, those of a BoundedSemaphore, the parties of a Barrier, the length of an Array and of
	 * what.
	 */
	uint64_t size;
	enum pks_number number;
	const struct pks_value *defaults; /* a map with text keys: the attributes of a new object; NULL: none */
};

/*
 * Makes the class known to this program. All of it is copied, but `arg`. A name that is registered already means the
 * new class from then on. Returns 0, PKS_ERR_USAGE (no name, or a type that no class can have), PKS_ERR_LIMIT,
 * PKS_ERR_SYNTAX (the name), PKS_ERR_TYPE (the defaults are no map of texts), PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_class_register(const struct pks_class *description);
/* The same with the defaults as a format (value.h), which must make a map. Also what pks_value_pack() returns. */
PKS_EXPORT int pks_class_registerf(const struct pks_class *description, const char *format, ...);

/* The class of that name as it was registered here, or NULL; valid as long as the program runs. */
PKS_EXPORT const struct pks_class *pks_class_find(const char *name);

/*
 * Opens the object of that class at `path`; creates it as `mode` says; NULL creates an anonymous one, `<type>-<uuid>`.
 * Returns the handle, to be given back with pks_object_close(), or NULL and PKS_NOT_FOUND, PKS_EXISTS (as `mode` asks),
 * PKS_ERR_USAGE (a class that is not registered here), PKS_ERR_TYPE (there is an object of another class or type),
 * PKS_ERR_PATH, what on_create() returned, and what pks_begin() and pks_commit() return.
 */
PKS_EXPORT struct pks_object *pks_class_open(struct pks_store *store, const char *path, const char *class_name,
                                             enum pks_mode mode);

/*
 * Makes the object one of the class, which need not be registered here; NULL and "": of none. Nothing else of it
 * changes, and handles that are open keep telling the class that it had. Returns 0, PKS_ERR_LIMIT, PKS_ERR_SYNTAX,
 * PKS_ERR_GONE, and what pks_begin() and pks_commit() return.
 */
PKS_EXPORT int pks_object_set_class(struct pks_object *object, const char *class_name);

/*
 * Opens the plain Object at `path`, as pks_dict_open() opens a Dict: one that has attributes and metadata only.
 */
PKS_EXPORT struct pks_object *pks_plain_open(struct pks_store *store, const char *path, enum pks_mode mode);

PKS_END_DECLS
#endif
