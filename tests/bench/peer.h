/* SPDX-License-Identifier: MIT */
/* Controls from elsewhere: Python's standard library, measured by peers.py in a child. */
#ifndef PEER_H
#define PEER_H

struct peer {
	const char *measurement; /* a function of peers.py */
	unsigned workers, count;
};

/* Nanoseconds per operation. `arg` is a struct peer: to be a bench's control. */
double peer_run(const struct peer *peer);

#endif
