/* SPDX-License-Identifier: MIT */
#include "process_state.h"

#include "base/error.h"

#include <string.h>

static const char *const names[] = {
    [STATUS_CREATED] = "created",   [STATUS_SUBMITTED] = "submitted", [STATUS_RUNNING] = "running",
    [STATUS_FINISHED] = "finished", [STATUS_FAILED] = "failed",       [STATUS_CRASHED] = "crashed",
};

const char *pks_status_name(int status)
{
	for (int i = STATUS_CREATED; i <= STATUS_MAX; i++)
		if (status == (int)process_state_public((enum process_status)i))
			return names[i];
	return "unknown";
}

int pks_status_from_name(const char *name, enum pks_status *status_out)
{
	for (int i = STATUS_CREATED; name && i <= STATUS_MAX; i++) {
		if (strcmp(names[i], name) == 0) {
			*status_out = process_state_public((enum process_status)i);
			return 0;
		}
	}
	return error_set(PKS_NOT_FOUND, "%s: there is no such status", name ? name : "NULL");
}
