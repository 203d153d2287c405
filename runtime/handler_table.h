/* SPDX-License-Identifier: MIT */
/* The handlers of this program: its own, and those of the shared objects that it has loaded. */
#ifndef RUNTIME_HANDLER_TABLE_H
#define RUNTIME_HANDLER_TABLE_H

#include <pkstore/handler.h>

#include <stdbool.h>

/* The handler of that name: the program's own first. NULL when there is none. */
const struct pks_handler *handler_table_find_any(const char *name);
/* The handler of that name in what dlopen(3) gave; NULL as `loaded`: in the program itself. */
const struct pks_handler *handler_table_find(void *loaded, const char *name);
/* Whether any of them has defaults for its processes: most programs have none, and need not look for one. */
bool handler_table_has_kinds(void);
/* Calls each() for the handlers of the one, as they were registered, until it returns another value than 0. */
int handler_table_each(void *loaded, int (*each)(const struct pks_handler *handler, void *arg), void *arg);
/* The absolute path of the module that holds the handler. 0, PKS_ERR_MODULE. */
int handler_table_module(const struct pks_handler *handler, char path_out[PKS_STORE_PATH_SIZE]);

#endif
