/* SPDX-License-Identifier: MIT */
/* Modules: the files that hold handlers. */
#ifndef RUNTIME_MODULE_H
#define RUNTIME_MODULE_H

#include <pkstore/handler.h>

#include <sys/types.h>
#include <time.h>

/* The folders in which modules without a slash are looked for, separated by ':'. */
#define MODULE_PATH_ENV "PKSTORE_MODULE_PATH"

enum module_kind {
	MODULE_SHARED_OBJECT, /* to be loaded by the worker */
	MODULE_PROGRAM,       /* to be executed in its place */
};

/* Which file stands at a path: another one as soon as it was replaced or written to. */
struct module_file {
	dev_t device;
	ino_t inode;
	struct timespec written;
};

/* Both return 0, or PKS_ERR_MODULE with a message that names the path. */
int module_kind(const char *path, enum module_kind *kind_out);
int module_file(const char *path, struct module_file *file_out);
bool module_file_equal(const struct module_file *a, const struct module_file *b);

#endif
