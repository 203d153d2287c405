/* SPDX-License-Identifier: MIT */
/* The same handlers in a program. Without a pool it fails: nobody runs it for anything else. */
#include <pkstore/pkstore.h>

int main(void)
{
	pks_worker_main();
	return 1;
}
