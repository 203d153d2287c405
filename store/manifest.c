/* SPDX-License-Identifier: MIT */
#include "manifest.h"

#include "base/error.h"

#include <pkstore/json.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest file that is looked at, in bytes: ours have some 120. */
#define MANIFEST_SIZE_MAX 65536

static const char *const durabilities[] = {
	[PKS_DURABILITY_FULL] = "full",
	[PKS_DURABILITY_RELAXED] = "relaxed",
	[PKS_DURABILITY_NONE] = "none",
};

/* ---- reading ---- */

static int find_uint(const struct pks_value *map, const char *key, uint64_t *number_out)
{
	struct pks_value value;
	int r = pks_value_find(map, key, &value);

	return r != 0 ? r : pks_value_uint(&value, number_out);
}

static int find_text(const struct pks_value *map, const char *key, char *text, size_t size)
{
	struct pks_value value;
	const char *at;
	size_t length;
	int r = pks_value_find(map, key, &value);

	if (r == 0)
		r = pks_value_text(&value, &at, &length);
	if (r != 0 || length >= size)
		return r != 0 ? r : PKS_ERR_LIMIT;
	memcpy(text, at, length);
	text[length] = '\0';
	return 0;
}

static enum pks_durability durability_named(const char *name)
{
	int durability = PKS_DURABILITY_NONE;

	while (durability > 0 && strcmp(durabilities[durability], name) != 0)
		durability--;
	return (enum pks_durability)durability;
}

/* The version first: of a newer format nothing else is known. */
static int manifest_take(const struct pks_value *map, const char *path, struct manifest *manifest)
{
	uint64_t format;
	char durability[16];

	if (find_uint(map, "pkstore", &format) != 0)
		return error_set(PKS_ERR_FORMAT, "%s/%s: does not tell its format (\"pkstore\")", path, MANIFEST_NAME);
	if (format != MANIFEST_FORMAT)
		return error_set(PKS_ERR_FORMAT, "%s: a store of format %llu; this library reads format %d", path,
		                 (unsigned long long)format, MANIFEST_FORMAT);
	manifest->format = MANIFEST_FORMAT;
	if (find_text(map, "uuid", manifest->uuid, sizeof(manifest->uuid)) != 0)
		return error_set(PKS_ERR_FORMAT, "%s/%s: no \"uuid\"", path, MANIFEST_NAME);
	if (find_text(map, "durability", durability, sizeof(durability)) != 0 ||
	    (manifest->durability = durability_named(durability)) == PKS_DURABILITY_DEFAULT)
		return error_set(PKS_ERR_FORMAT, "%s/%s: \"durability\" is not full, relaxed or none", path,
		                 MANIFEST_NAME);
	if (find_uint(map, "map_size", &manifest->map_size) != 0)
		return error_set(PKS_ERR_FORMAT, "%s/%s: no \"map_size\"", path, MANIFEST_NAME);
	return 0;
}

static int manifest_parse(const char *json, size_t size, const char *path, struct manifest *manifest)
{
	struct pks_value map = {0};
	int r = pks_value_from_json(json, size, NULL, &map);

	if (r != 0)
		return error_set(PKS_ERR_FORMAT, "%s/%s: malformed: %s", path, MANIFEST_NAME, pks_error_message());
	r = manifest_take(&map, path, manifest);
	pks_value_clear(&map);
	return r;
}

/* The number of bytes, or -1 and errno. */
static ssize_t read_all(int fd, char *data, size_t size)
{
	size_t done = 0;
	ssize_t r;

	while (done < size && (r = read(fd, data + done, size - done)) != 0) {
		if (r < 0 && errno != EINTR)
			return -1;
		done += r > 0 ? (size_t)r : 0;
	}
	return (ssize_t)done;
}

static int manifest_read_from(int fd, const char *path, struct manifest *manifest)
{
	char *json = malloc(MANIFEST_SIZE_MAX + 1);
	ssize_t size;
	int r;

	if (!json)
		return error_set(PKS_ERR_MEMORY, "%s: out of memory", path);
	size = read_all(fd, json, MANIFEST_SIZE_MAX + 1);
	if (size < 0)
		r = error_errno(errno, "%s/%s", path, MANIFEST_NAME);
	else if (size > MANIFEST_SIZE_MAX)
		r = error_set(PKS_ERR_FORMAT, "%s/%s: malformed: longer than %d bytes", path, MANIFEST_NAME,
		              MANIFEST_SIZE_MAX);
	else
		r = manifest_parse(json, (size_t)size, path, manifest);
	free(json);
	return r;
}

int manifest_read(int dir_fd, const char *path, struct manifest *manifest_out)
{
	struct manifest manifest = {0};
	int fd = openat(dir_fd, MANIFEST_NAME, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno == ENOENT ? PKS_NOT_FOUND : error_errno(errno, "%s/%s", path, MANIFEST_NAME);
	r = manifest_read_from(fd, path, &manifest);
	close(fd);
	if (r == 0)
		*manifest_out = manifest;
	return r;
}

bool manifest_exists(int dir_fd)
{
	struct stat st;

	return fstatat(dir_fd, MANIFEST_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/* ---- writing ---- */

static int manifest_json(const struct manifest *manifest, char **json_out)
{
	struct pks_value map = {0};
	int r = pks_value_pack(&map, "{si ss ss sU}", "pkstore", (int)manifest->format, "uuid", manifest->uuid,
	                       "durability", durabilities[manifest->durability], "map_size", manifest->map_size);

	if (r == 0)
		r = pks_value_to_json(&map, NULL, PKS_JSON_LINE, json_out);
	pks_value_clear(&map);
	return r;
}

/* 0 or an errno. */
static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t r = write(fd, data, size);

		if (r < 0 && errno != EINTR)
			return errno;
		data += r > 0 ? r : 0;
		size -= r > 0 ? (size_t)r : 0;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

static int manifest_open_new(int dir_fd, const char *path, int *fd_out)
{
	int fd = openat(dir_fd, MANIFEST_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(errno, "%s/%s", path, MANIFEST_NEW);
	*fd_out = fd;
	return 0;
}

int manifest_announce(int dir_fd, const char *path)
{
	int fd = -1, r = manifest_open_new(dir_fd, path, &fd);

	if (r == 0)
		close(fd);
	return r;
}

static int manifest_write_json(int dir_fd, const char *path, const char *json)
{
	int fd = -1, r = manifest_open_new(dir_fd, path, &fd);

	if (r != 0)
		return r;
	r = write_all(fd, json, strlen(json));
	if (close(fd) != 0 && r == 0)
		r = errno;
	if (r == 0 && renameat(dir_fd, MANIFEST_NEW, dir_fd, MANIFEST_NAME) != 0)
		r = errno;
	return r == 0 ? 0 : error_errno(r, "%s/%s", path, MANIFEST_NAME);
}

int manifest_write(int dir_fd, const char *path, const struct manifest *manifest)
{
	char *json;
	int r = manifest_json(manifest, &json);

	if (r != 0)
		return r;
	r = manifest_write_json(dir_fd, path, json);
	free(json);
	return r;
}
