/* SPDX-License-Identifier: MIT */
/* Objects against plain LMDB: the same keys, values, durability and transactions. */
#include "bench.h"
#include "bench_store.h"

int main(void)
{
	struct pks_store *store = pks_store_open(bench_path("store"), NULL);

	if (!store)
		bench_die("pks_store_open");
	bench_head();
	bench_dict(store);
	bench_log(store);
	pks_store_close(store);
	return 0;
}
