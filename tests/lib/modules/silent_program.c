/* SPDX-License-Identifier: MIT */
/*
 * A program with a handler that does not call pks_worker_main(). Instead it would do its own work again; that it
 * cannot, it tells by its exit status.
 */
#include <pkstore/pkstore.h>

PKS_PROCESS(never)
{
	return 0;
}

int main(void)
{
	struct pks_store *store = pks_store_open(NULL, NULL);

	return store ? 1 : pks_error_code() == PKS_ERR_USAGE ? 0 : 2;
}
