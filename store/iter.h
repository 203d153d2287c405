/* SPDX-License-Identifier: MIT */
/* Iteration over the named values of one part of an object: what struct pks_iter is. */
#ifndef STORE_ITER_H
#define STORE_ITER_H

#include "keys.h"
#include "object.h"

#include <pkstore/dict.h>

struct pks_iter *iter_new(struct pks_object *object, enum base base, enum part part, const struct pks_range *range);

#endif
