/* SPDX-License-Identifier: MIT */
#ifndef STORE_SYNC_H
#define STORE_SYNC_H

#include "base/owner.h"

#include <pkstore/sync.h>

struct pks_party sync_party(const struct owner *owner, uint64_t since_ns);

#endif
