/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include "base/clock.h"
#include "output.h"

#include <pkstore/error.h>

#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* So much CPU time of earlier runs may be taken for this one's: less is not worth the system calls. */
#define USED_EVERY_NS CLOCK_NS_PER_MS

/* Beside the worker's output, and named as that, so that it is swept away with it. */
static void file_path(struct pks_store *store, const struct proc *worker, char path_out[PKS_STORE_PATH_SIZE])
{
	snprintf(path_out, PKS_STORE_PATH_SIZE, "%s/output/%" PRId64 ".%" PRIu64 ".%02x%02x%02x%02x.notes",
		 pks_store_path(store), worker->pid, worker->start, worker->boot[0], worker->boot[1], worker->boot[2],
		 worker->boot[3]);
}

static bool has_size(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_size >= (off_t)sizeof(struct witness_notes);
}

/* With its blocks allocated: writing to a hole on a full filesystem is SIGBUS. */
static struct witness_notes *map(int fd)
{
	void *notes;

	if (!has_size(fd) && posix_fallocate(fd, 0, sizeof(struct witness_notes)) != 0)
		return NULL;
	notes = mmap(NULL, sizeof(struct witness_notes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return notes == MAP_FAILED ? NULL : notes;
}

void witness_open(struct witness *witness, struct pks_store *store, const struct proc *self)
{
	char path[PKS_STORE_PATH_SIZE];
	int fd;

	*witness = (struct witness){0};
	file_path(store, self, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	witness->notes = map(fd);
	witness->fd = fd;
	if (!witness->notes) {
		close(fd);
		return;
	}
	witness_modules(witness);
	witness_catch(witness->notes);
}

/* ---- a run ---- */

static uint64_t microseconds(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static void note_used(struct witness_notes *notes)
{
	struct rusage self, children;

	if (getrusage(RUSAGE_SELF, &self) != 0 || getrusage(RUSAGE_CHILDREN, &children) != 0)
		return;
	notes->user_us = microseconds(&self.ru_utime) + microseconds(&children.ru_utime);
	notes->system_us = microseconds(&self.ru_stime) + microseconds(&children.ru_stime);
}

void witness_begin(struct witness *witness, uint64_t process, uint32_t attempt, int64_t now)
{
	struct witness_notes *notes = witness->notes;

	witness->saved_at = 0;
	witness->unsaved = false;
	if (!notes)
		return;
	/* Begun already, by the program that executed this one. */
	if (atomic_load(&notes->process) == process && notes->attempt == attempt)
		return;
	atomic_store_explicit(&notes->process, 0, memory_order_release);
	if (now - witness->used_at >= USED_EVERY_NS) {
		note_used(notes);
		witness->used_at = now;
	}
	notes->attempt = attempt;
	atomic_store_explicit(&notes->process, process, memory_order_release);
}

/* Between characters, not inside one. */
void witness_cut(char *text)
{
	size_t size = strnlen(text, WITNESS_TEXT_SIZE);

	if (size < WITNESS_TEXT_SIZE)
		return;
	for (size--; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80; size--)
		;
	text[size] = '\0';
}

void witness_progress(struct witness *witness, uint64_t time_ns, const char *text)
{
	struct witness_notes *notes = witness->notes;
	struct witness_progress *slot;
	uint32_t at;

	if (!notes)
		return;
	at = !atomic_load_explicit(&notes->progress_at, memory_order_relaxed);
	slot = &notes->progress[at];
	slot->run = (struct witness_run){atomic_load(&notes->process), notes->attempt};
	slot->time_ns = time_ns;
	strcpy(slot->text, text);
	atomic_store_explicit(&notes->progress_at, at, memory_order_release);
}

const struct witness_progress *witness_last_progress(const struct witness_notes *notes, const struct witness_run *run)
{
	const struct witness_progress *slot = &notes->progress[atomic_load(&notes->progress_at) & 1];

	return slot->run.process == run->process && slot->run.attempt == run->attempt ? slot : NULL;
}

/* ---- what is loaded ---- */

static void name_module(const struct dl_phdr_info *info, char path_out[WITNESS_PATH_SIZE])
{
	ssize_t size;

	if (info->dlpi_name[0]) {
		snprintf(path_out, WITNESS_PATH_SIZE, "%s", info->dlpi_name);
		return;
	}
	size = readlink("/proc/self/exe", path_out, WITNESS_PATH_SIZE - 1);
	path_out[size < 0 ? 0 : size] = '\0';
}

struct walk {
	struct witness_notes *notes;
	uint32_t count;
};

/* Code is never unloaded, so those that are noted already come first, and stay. */
static int note_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct walk *walk = arg;
	struct witness_module *module = &walk->notes->modules[walk->count];

	if (walk->count == WITNESS_MODULES)
		return 1;
	module->base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		module->begin = info->dlpi_addr + part->p_vaddr;
		module->end = module->begin + part->p_memsz;
		name_module(info, module->path);
		walk->count++;
		break;
	}
	return 0;
}

void witness_modules(struct witness *witness)
{
	struct walk walk = {.notes = witness->notes};

	if (!walk.notes)
		return;
	dl_iterate_phdr(note_module, &walk);
	atomic_store_explicit(&walk.notes->module_count, walk.count, memory_order_release);
}

/* ---- for others ---- */

int witness_read(struct pks_store *store, const struct proc *worker, struct witness_notes *notes_out)
{
	char path[PKS_STORE_PATH_SIZE];
	ssize_t got;
	int fd;

	file_path(store, worker, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return PKS_NOT_FOUND;
	got = read(fd, notes_out, sizeof(*notes_out));
	close(fd);
	return got == (ssize_t)sizeof(*notes_out) ? 0 : PKS_NOT_FOUND;
}

void witness_remove(struct pks_store *store, const struct proc *worker)
{
	char path[PKS_STORE_PATH_SIZE];

	file_path(store, worker, path);
	unlink(path);
}

struct witness_notes *witness_map(struct pks_store *store, const struct proc *worker)
{
	char path[PKS_STORE_PATH_SIZE];
	void *notes;
	int fd;

	if (!proc_this_boot(worker))
		return NULL;
	file_path(store, worker, path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return NULL;
	notes = has_size(fd) ? mmap(NULL, sizeof(struct witness_notes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
			     : MAP_FAILED;
	close(fd);
	return notes == MAP_FAILED ? NULL : notes;
}

void witness_unmap(struct witness_notes *notes)
{
	if (notes)
		munmap(notes, sizeof(*notes));
}

bool witness_is_shared(const struct witness *witness)
{
	struct stat status;

	return witness->notes && fstat(witness->fd, &status) == 0 && status.st_nlink > 0;
}
