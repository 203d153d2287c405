/* SPDX-License-Identifier: MIT */
/*
 * Kinds of processes: handlers with defaults for the attributes of their processes, and a word at their end
 * (handler.h).
 *
 * The defaults are set once, in the transaction that creates the process if the creating program holds the handler,
 * else before the first attempt runs, by its worker. The option `kind` tells that they were.
 *
 * The word is said by the worker that has recorded the end. When that has died with the attempt, whoever records the
 * end instead cannot: it need not hold the kind, and if it is the supervisor it must not run anybody's code. But it
 * knows from the option `on_exit`, which the worker has set before the attempt ran, that there is a word. So the commit
 * that records the end also submits a process of the same target whose option `exit_of` tells which process it is
 * about, and whatever worker claims that says the word, with all that holds for a process that is submitted: it is
 * claimed once, waits for a pool that is down, and what goes wrong in it is told as of any. One that ends well is
 * dropped.
 */
#ifndef RUNTIME_KIND_H
#define RUNTIME_KIND_H

#include <pkstore/handler.h>

#define KIND_OPTION "kind"
#define ON_EXIT_OPTION "on_exit"
#define EXIT_OF_OPTION "exit_of"

/* The kind of a target, as it is stored, where this program itself holds it; NULL: none, or in another program. */
const struct pks_handler *kind_here(const char *target);
/*
 * Inside a transaction: sets the defaults that are not there yet, unless that was done before, and notes that there is
 * a word at the end.
 */
int kind_meet(struct pks_object *process, const struct pks_handler *kind);
/* Inside the transaction that ends it for a worker that is dead: has the word said, if there is one. */
int kind_call_later(struct pks_object *process);

#endif
