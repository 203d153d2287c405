/* SPDX-License-Identifier: MIT */
/* A module of its own: a shared object that holds handlers, which any program may name. */
#include <pkstore/pkstore.h>

#include <stdio.h>

PKS_PROCESS(worker)
{
	puts("Worker");
	return 0;
}
