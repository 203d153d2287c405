/* SPDX-License-Identifier: MIT */
#ifndef BENCH_STORE_H
#define BENCH_STORE_H

#include <pkstore/pkstore.h>

void bench_dict(struct pks_store *store);
void bench_log(struct pks_store *store);

#endif
