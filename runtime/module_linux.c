/* SPDX-License-Identifier: MIT */
/*
 * A shared object and an executable may both be ELF files of the type "dynamic". What tells them apart is the
 * interpreter that an executable names for the kernel to start; so the program headers are looked through for it.
 * Nothing in the file is trusted: every read is bounded by what was asked for, and what is missing makes it no module.
 */
#include "module.h"

#include "base/error.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The program headers of this machine's own class, as the linker itself uses them. */
typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

static bool read_at(int fd, off_t offset, void *data, size_t size)
{
	ssize_t got;

	do
		got = pread(fd, data, size, offset);
	while (got < 0 && errno == EINTR);
	return got >= 0 && (size_t)got == size;
}

/* 1 when there is one, 0 when not, -1 when the file ends before its program headers do. */
static int has_interpreter(int fd, const elf_header *header)
{
	elf_segment segment;

	if (header->e_phentsize != sizeof(segment) || header->e_phoff > INT32_MAX)
		return -1;
	for (int i = 0; i < header->e_phnum; i++) {
		if (!read_at(fd, (off_t)header->e_phoff + i * (off_t)sizeof(segment), &segment, sizeof(segment)))
			return -1;
		if (segment.p_type == PT_INTERP)
			return 1;
	}
	return 0;
}

static int elf_kind(int fd, const char *path, enum module_kind *kind_out)
{
	elf_header header;
	int interpreter;

	if (!read_at(fd, 0, &header, sizeof(header)) || header.e_ident[EI_CLASS] != NATIVE_CLASS)
		return error_set(PKS_ERR_MODULE, "%s: not a module for this machine", path);
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		return error_set(PKS_ERR_MODULE, "%s: neither a shared object nor an executable", path);
	interpreter = has_interpreter(fd, &header);
	if (interpreter < 0)
		return error_set(PKS_ERR_MODULE, "%s: a damaged ELF file", path);
	*kind_out = header.e_type == ET_EXEC || interpreter ? MODULE_PROGRAM : MODULE_SHARED_OBJECT;
	return 0;
}

/* A script stands for the program that it executes. */
static int kind_of(int fd, const char *path, enum module_kind *kind_out)
{
	char magic[SELFMAG];

	if (read_at(fd, 0, magic, 2) && magic[0] == '#' && magic[1] == '!') {
		*kind_out = MODULE_PROGRAM;
		return 0;
	}
	if (!read_at(fd, 0, magic, SELFMAG) || memcmp(magic, ELFMAG, SELFMAG) != 0)
		return error_set(PKS_ERR_MODULE, "%s: neither a shared object nor an executable", path);
	return elf_kind(fd, path, kind_out);
}

static int no_module(const char *path, int errnum)
{
	if (errnum == ENOENT || errnum == ENOTDIR)
		return error_set(PKS_ERR_MODULE, "%s: there is no such module", path);
	return error_set(PKS_ERR_MODULE, "%s: %s", path, strerrordesc_np(errnum));
}

int module_kind(const char *path, enum module_kind *kind_out)
{
	/* Not to hang where the path is a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0)
		return no_module(path, errno);
	r = kind_of(fd, path, kind_out);
	close(fd);
	return r;
}

int module_file(const char *path, struct module_file *file_out)
{
	struct stat stat_buf;

	if (stat(path, &stat_buf) != 0)
		return no_module(path, errno);
	if (!S_ISREG(stat_buf.st_mode))
		return error_set(PKS_ERR_MODULE, "%s: not a regular file", path);
	*file_out = (struct module_file){stat_buf.st_dev, stat_buf.st_ino, stat_buf.st_mtim};
	return 0;
}

bool module_file_equal(const struct module_file *a, const struct module_file *b)
{
	return a->device == b->device && a->inode == b->inode && a->written.tv_sec == b->written.tv_sec &&
	       a->written.tv_nsec == b->written.tv_nsec;
}
