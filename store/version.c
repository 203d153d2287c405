/* SPDX-License-Identifier: MIT */
#include <pkstore/version.h>

const char *pks_version(void)
{
	return PKS_VERSION;
}
