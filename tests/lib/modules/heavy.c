/* SPDX-License-Identifier: MIT */
/* The same handlers in a module that notes each time that it is loaded, in the file $HEAVY_LOADS: a byte. */
#include <pkstore/pkstore.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void note_load(void)
{
	const char *path = getenv("HEAVY_LOADS");
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	if (write(fd, "l", 1) < 0)
		abort();
	close(fd);
}

#ifdef AS_PROGRAM
int main(void)
{
	pks_worker_main();
	return 1;
}
#endif
