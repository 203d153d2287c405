/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "layer.h"
#include "record.h"

#include <pkstore/output.h>

struct pks_object *pks_process_output(struct pks_object *process)
{
	uint64_t id;

	if (layer_check(process, RECORD_TYPE) != 0 || pks_attr_getf(process, OUTPUT_ATTR, "o", &id) != 0)
		return NULL;
	return pks_object_from_id(pks_object_store(process), id);
}
