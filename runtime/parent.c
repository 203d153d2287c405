/* SPDX-License-Identifier: MIT */
#include "parent.h"

#include "pool.h"
#include "worker_pause.h"

/* FNV-1a, as its authors have it. */
#define HASH_START UINT32_C(2166136261)
#define HASH_PRIME UINT32_C(16777619)

/* Set in each number, so that all are of one length where they are stored. */
#define NUMBER_BIT (UINT32_C(1) << 16)

static uint32_t hash_byte(uint32_t hash, uint8_t byte)
{
	return (hash ^ byte) * HASH_PRIME;
}

static uint32_t hash_number(uint32_t hash, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		hash = hash_byte(hash, (uint8_t)(number >> shift));
	return hash;
}

int64_t parent_number(const struct proc *proc)
{
	uint32_t hash = hash_number(hash_number(HASH_START, (uint64_t)proc->pid), proc->start);

	for (size_t i = 0; i < PROC_BOOT_SIZE; i++)
		hash = hash_byte(hash, proc->boot[i]);
	return -1 - (int64_t)(hash | NUMBER_BIT);
}

int64_t parent_here(struct pks_store *store)
{
	uint64_t id = worker_process(store);
	const struct pool *pool = id ? NULL : pool_of(store);

	if (pool && pool->within.id)
		id = pool->within.id;
	return id ? (int64_t)id : pool ? pool->creator : 0;
}
