/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "bench.h"

#include <stdio.h>

/* Debian's own, as the tests of the format use it; PEERS is where peers.py is. */
#define PYTHON "/usr/bin/python3 -B "

double peer_run(const struct peer *peer)
{
	char command[512];
	double nanoseconds = 0;
	FILE *out;

	snprintf(command, sizeof(command), PYTHON "'%s' %s %u %u", PEERS, peer->measurement, peer->workers,
	         peer->count);
	out = popen(command, "re");
	if (!out || fscanf(out, "%lf", &nanoseconds) != 1 || pclose(out) != 0 || nanoseconds <= 0)
		bench_die(command);
	return nanoseconds;
}
