/* SPDX-License-Identifier: MIT */
#include "owner_item.h"

#include <pkstore/error.h>

#include <string.h>

#define OWNER_ELEMENTS 5
#define PROC_ELEMENTS 3

static uint8_t *write_proc(uint8_t *to, unsigned elements, const struct proc *proc)
{
	to = item_write_head(to, ITEM_ARRAY, elements);
	to = item_write_uint(to, (uint64_t)proc->pid);
	to = item_write_uint(to, proc->start);
	return item_write_string(to, ITEM_BYTES, proc->boot, PROC_BOOT_SIZE);
}

uint8_t *item_write_owner(uint8_t *to, const struct owner *owner)
{
	if (!owner->tid)
		return write_proc(to, PROC_ELEMENTS, &owner->proc);
	to = write_proc(to, OWNER_ELEMENTS, &owner->proc);
	to = item_write_uint(to, (uint64_t)owner->tid);
	return item_write_uint(to, owner->tid_start);
}

void item_put_owner(struct buffer *buffer, const struct owner *owner)
{
	uint8_t *room = buffer_add(buffer, OWNER_ITEM_MAX);

	if (room)
		buffer->size -= (size_t)(room + OWNER_ITEM_MAX - item_write_owner(room, owner));
}

void item_put_proc(struct buffer *buffer, const struct proc *proc)
{
	item_put_owner(buffer, &(struct owner){.proc = *proc});
}

static int read_number(const uint8_t **at, const uint8_t *end, uint64_t max, uint64_t *number_out)
{
	return item_take_uint(at, end, number_out) < 0 || *number_out > max ? PKS_ERR_CORRUPT : 0;
}

static int read_boot(const uint8_t **at, const uint8_t *end, uint8_t boot_out[PROC_BOOT_SIZE])
{
	struct item item;

	if (item_read(*at, end, &item) < 0 || item.type != ITEM_BYTES || item.number != PROC_BOOT_SIZE)
		return PKS_ERR_CORRUPT;
	memcpy(boot_out, item.data, PROC_BOOT_SIZE);
	*at = item.next;
	return 0;
}

static int read_proc(const uint8_t **at, const uint8_t *end, struct proc *proc)
{
	uint64_t pid = 0;
	int r = read_number(at, end, INT32_MAX, &pid);

	if (r == 0)
		r = read_number(at, end, UINT64_MAX, &proc->start);
	if (r == 0)
		r = read_boot(at, end, proc->boot);
	proc->pid = (int64_t)pid;
	return r == 0 && pid == 0 ? PKS_ERR_CORRUPT : r; /* 0 would stand for nobody */
}

static int read_thread(const uint8_t **at, const uint8_t *end, struct owner *owner)
{
	uint64_t tid = 0;
	int r = read_number(at, end, INT32_MAX, &tid);

	if (r == 0)
		r = read_number(at, end, UINT64_MAX, &owner->tid_start);
	owner->tid = (int64_t)tid;
	return r == 0 && tid == 0 ? PKS_ERR_CORRUPT : r; /* 0 would stand for the whole process */
}

/* The head of one of so many elements, or `fewer`; *count_out 0: there is nobody. */
static int read_head(const uint8_t **at, const uint8_t *end, uint64_t elements, uint64_t fewer, uint64_t *count_out)
{
	struct item item;

	if (item_read(*at, end, &item) < 0)
		return PKS_ERR_CORRUPT;
	if (item.type != ITEM_NULL && (item.type != ITEM_ARRAY || (item.number != elements && item.number != fewer)))
		return PKS_ERR_CORRUPT;
	*count_out = item.type == ITEM_NULL ? 0 : item.number;
	*at = item.next;
	return 0;
}

int item_read_proc(const uint8_t *at, const uint8_t *end, struct proc *proc_out, const uint8_t **next_out)
{
	struct proc proc = {0};
	uint64_t count;
	int r = read_head(&at, end, PROC_ELEMENTS, PROC_ELEMENTS, &count);

	if (r == 0 && count)
		r = read_proc(&at, end, &proc);
	if (r == 0) {
		*proc_out = proc;
		*next_out = at;
	}
	return r;
}

int item_read_owner(const uint8_t *at, const uint8_t *end, struct owner *owner_out, const uint8_t **next_out)
{
	struct owner owner = {0};
	uint64_t count;
	int r = read_head(&at, end, OWNER_ELEMENTS, PROC_ELEMENTS, &count);

	if (r == 0 && count)
		r = read_proc(&at, end, &owner.proc);
	if (r == 0 && count == OWNER_ELEMENTS)
		r = read_thread(&at, end, &owner);
	if (r == 0) {
		*owner_out = owner;
		*next_out = at;
	}
	return r;
}
