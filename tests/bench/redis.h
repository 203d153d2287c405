/* SPDX-License-Identifier: MIT */
/* A Redis server as a control: nothing on disk, its Unix socket, one connection, one command at a time. */
#ifndef REDIS_H
#define REDIS_H

#include <stddef.h>
#include <sys/types.h>

struct redis {
	pid_t server;
	int fd;
};

/* Starts a server in the bench's directory and connects to it. -1 when redis-server is not installed. */
int redis_start(struct redis *redis);
void redis_stop(struct redis *redis);

void redis_set(struct redis *redis, const char *key, const void *value, size_t size);
void redis_get(struct redis *redis, const char *key);

#endif
