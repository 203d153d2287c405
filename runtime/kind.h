/* SPDX-License-Identifier: MIT */
/*
 * Kinds of processes: handlers with defaults for the attributes of their processes, and a word at their end (handler.h).
 *
 * The defaults are set once, in the transaction that creates the process if the creating program holds the handler, else
 * before the first attempt runs, by its worker. The option `kind` tells that they were.
 */
#ifndef RUNTIME_KIND_H
#define RUNTIME_KIND_H

#include <pkstore/handler.h>

#define KIND_OPTION "kind"

/* The kind of a target, as it is stored, where this program itself holds it; NULL: none, or in another program. */
const struct pks_handler *kind_here(const char *target);
/* Inside a transaction: sets the defaults that are not there yet, unless that was done before. */
int kind_set_defaults(struct pks_object *process, const struct pks_handler *kind);

#endif
