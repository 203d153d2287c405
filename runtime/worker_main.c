/* SPDX-License-Identifier: MIT */
/* pkstore-worker: the worker that the supervisor starts, in which shared objects are loaded. */
#include <pkstore/handler.h>

int main(void)
{
	pks_worker_main();
	return 2; /* not started by a supervisor */
}
