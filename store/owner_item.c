/* SPDX-License-Identifier: MIT */
#include "owner_item.h"

#include <pkstore/error.h>

#include <string.h>

#define OWNER_ELEMENTS 5
#define PROC_ELEMENTS 3

static void put_elements(struct buffer *buffer, const struct proc *proc)
{
	item_put_int(buffer, proc->pid);
	item_put_uint(buffer, proc->start);
	item_put_bytes(buffer, proc->boot, PROC_BOOT_SIZE);
}

void item_put_proc(struct buffer *buffer, const struct proc *proc)
{
	item_put_array(buffer, PROC_ELEMENTS);
	put_elements(buffer, proc);
}

void item_put_owner(struct buffer *buffer, const struct owner *owner)
{
	if (!owner->tid) {
		item_put_proc(buffer, &owner->proc);
		return;
	}
	item_put_array(buffer, OWNER_ELEMENTS);
	put_elements(buffer, &owner->proc);
	item_put_int(buffer, owner->tid);
	item_put_uint(buffer, owner->tid_start);
}

static int read_number(const uint8_t **at, const uint8_t *end, uint64_t max, uint64_t *number_out)
{
	struct item item;

	if (item_read(*at, end, &item) < 0 || item.type != ITEM_UINT || item.number > max)
		return PKS_ERR_CORRUPT;
	*at = item.next;
	*number_out = item.number;
	return 0;
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

/* The head of an owner of so many elements; *null_out: there is nobody. */
static int read_head(const uint8_t **at, const uint8_t *end, uint64_t elements, bool *null_out)
{
	struct item item;
	int r = item_read(*at, end, &item);

	if (r == 0 && item.type != ITEM_NULL && (item.type != ITEM_ARRAY || item.number != elements))
		r = PKS_ERR_CORRUPT;
	if (r < 0)
		return r;
	*null_out = item.type == ITEM_NULL;
	*at = item.next;
	return 0;
}

int item_read_proc(const uint8_t *at, const uint8_t *end, struct proc *proc_out, const uint8_t **next_out)
{
	struct proc proc = {0};
	bool null;
	int r = read_head(&at, end, PROC_ELEMENTS, &null);

	if (r == 0 && !null)
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
	struct item head;
	bool null, whole;
	int r = item_read(at, end, &head);

	whole = r == 0 && head.type == ITEM_ARRAY && head.number == PROC_ELEMENTS;
	if (r == 0)
		r = read_head(&at, end, whole ? PROC_ELEMENTS : OWNER_ELEMENTS, &null);
	if (r == 0 && !null)
		r = read_proc(&at, end, &owner.proc);
	if (r == 0 && !null && !whole)
		r = read_thread(&at, end, &owner);
	if (r == 0) {
		*owner_out = owner;
		*next_out = at;
	}
	return r;
}
