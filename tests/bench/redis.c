/* SPDX-License-Identifier: MIT */
#include "redis.h"

#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The longest command and answer here. */
#define MESSAGE_SIZE 512

/* How long a server may take to begin, in steps of a millisecond. */
#define START_STEPS 5000

static void run_server(const char *socket_path)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDOUT_FILENO);
	execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket_path, "--save", "", "--appendonly",
	       "no", "--dir", bench_dir(), (char *)NULL);
	_exit(127);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

int redis_start(struct redis *redis)
{
	char *path = bench_path("redis.sock");

	redis->fd = -1;
	redis->server = fork();
	if (redis->server == 0)
		run_server(path);
	for (int step = 0; redis->fd < 0 && step < START_STEPS; step++) {
		if (waitpid(redis->server, NULL, WNOHANG) == redis->server)
			break;
		redis->fd = connect_to(path);
		if (redis->fd < 0)
			usleep(1000);
	}
	free(path);
	return redis->fd >= 0 ? 0 : -1;
}

void redis_stop(struct redis *redis)
{
	close(redis->fd);
	kill(redis->server, SIGKILL);
	waitpid(redis->server, NULL, 0);
}

/* An answer is one line, or a `$` line and a line of data: the caller knows how many. */
static void ask(struct redis *redis, const char *command, size_t size, int lines)
{
	char answer[MESSAGE_SIZE];
	ssize_t got;

	BENCH_MUST(write(redis->fd, command, size) != (ssize_t)size);
	for (bool first = true; lines > 0; first = false) {
		got = read(redis->fd, answer, sizeof(answer));
		if (got <= 0 || (first && answer[0] == '-'))
			bench_die("redis");
		for (ssize_t i = 0; i < got; i++)
			lines -= answer[i] == '\n';
	}
}

void redis_set(struct redis *redis, const char *key, const void *value, size_t size)
{
	char command[MESSAGE_SIZE];
	int head = snprintf(command, sizeof(command), "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(key), key,
	                    size);

	memcpy(command + head, value, size);
	memcpy(command + head + size, "\r\n", 2);
	ask(redis, command, (size_t)head + size + 2, 1);
}

void redis_get(struct redis *redis, const char *key)
{
	char command[MESSAGE_SIZE];
	int size = snprintf(command, sizeof(command), "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n", strlen(key), key);

	ask(redis, command, (size_t)size, 2);
}
