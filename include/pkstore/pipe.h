/* SPDX-License-Identifier: MIT */
/*
 * Pipe: messages between two ends, each of them any value. As multiprocessing's, but with a path: programs that know it
 * connect to one end or the other.
 *
 *     struct pks_object *pipe = pks_pipe_open(store, "example/pipe", true, PKS_OPEN_OR_CREATE);
 *     struct pks_connection *end = pks_pipe_connect(pipe, 0);        // and 1 in the other program
 *     pks_connection_sendf(end, "[si]", "job", 4);
 *     r = pks_connection_recvf(end, -1, "s", &answer);
 *     pks_connection_close(end);
 *
 * An end is open as long as one process at least has a connection to it and lives; several may, and each message goes
 * to one of them. When an end was open and is not any more, the other one reads what is left, then gets PKS_END, and
 * what it sends gets PKS_END at once or, if the end died, within PKS_RECHECK_MS. Before an end was ever opened, what is
 * sent to it waits there. Messages that nobody has read stay in the store, and so does a Pipe whose ends are closed: it
 * may be connected to again.
 *
 * Each call is one transaction or joins the thread's: a message that was received in a transaction that aborts is still
 * there. pks_object_set_limit() bounds how many messages, or bytes, may wait in each direction: then a send waits for
 * room. Waiting costs no CPU and is woken by the commit; timeouts are milliseconds, 0 does not wait, a negative one
 * waits for ever. A call that would have to wait inside a transaction or a snapshot is PKS_ERR_USAGE.
 *
 * A connection may be used by all threads of its process, not by a forked child: PKS_ERR_FORKED. Beside what its
 * comment says, each call may return PKS_ERR_TYPE, PKS_ERR_GONE, PKS_ERR_CORRUPT, PKS_ERR_MEMORY, and what pks_begin()
 * and pks_commit() return.
 */
#ifndef PKSTORE_PIPE_H
#define PKSTORE_PIPE_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

struct pks_connection;

/*
 * As pks_dict_open(); an anonymous one is `pipe-<uuid>`. A new one is duplex, or one-way: then end 1 sends and end 0
 * receives, as in multiprocessing. Of one that exists `duplex` is ignored.
 */
PKS_EXPORT struct pks_object *pks_pipe_open(struct pks_store *store, const char *path, bool duplex, enum pks_mode mode);

/*
 * Opens end 0 or 1 for this process. Returns the connection, to be closed with pks_connection_close() before its store
 * is; it needs `pipe` no longer. NULL and PKS_ERR_USAGE for another end, or as above.
 */
PKS_EXPORT struct pks_connection *pks_pipe_connect(struct pks_object *pipe, int end);

/*
 * Sends a message. Returns 0; PKS_END: nobody will read it; PKS_TIMED_OUT: there was no room for it; PKS_ERR_LIMIT:
 * there never will be; PKS_ERR_USAGE: this end only receives, the value is empty, or it would have to wait inside a
 * transaction.
 */
PKS_EXPORT int pks_connection_send(struct pks_connection *connection, const struct pks_value *value, int timeout_ms);
/* The same as pks_value_pack(), and waits for room for ever. */
PKS_EXPORT int pks_connection_sendf(struct pks_connection *connection, const char *format, ...);

/*
 * Receives the oldest message, an owned copy: clear *value_out when done. Returns 0; PKS_END: none is left, and the
 * other end is closed or died; PKS_TIMED_OUT; PKS_ERR_USAGE: this end only sends, or it would have to wait inside a
 * transaction.
 */
PKS_EXPORT int pks_connection_recv(struct pks_connection *connection, int timeout_ms, struct pks_value *value_out);
/*
 * The same as pks_value_unpack(), whose letters that borrow are PKS_ERR_USAGE here. A message that is not of the format
 * has been received all the same.
 */
PKS_EXPORT int pks_connection_recvf(struct pks_connection *connection, int timeout_ms, const char *format, ...);

/*
 * Waits until a receive would not wait, and takes nothing. Returns 0 (also at PKS_END), PKS_TIMED_OUT, PKS_ERR_USAGE.
 */
PKS_EXPORT int pks_connection_poll(struct pks_connection *connection, int timeout_ms);

/* Closes the connection: 0, or why the store does not know of it yet; it is freed in any case. NULL does nothing. */
PKS_EXPORT int pks_connection_close(struct pks_connection *connection);

struct pks_pipe_info {
	bool duplex;
	bool was_open[2];   /* each end: was there ever a connection to it? */
	bool is_open[2];    /* is there one now, of a living process? */
	uint64_t unread[2]; /* messages that wait to be read at each end */
};

/* How it is at this moment. pks_holders() (sync.h) tells the processes: those at end 0 first. */
PKS_EXPORT int pks_pipe_info(struct pks_object *pipe, struct pks_pipe_info *info_out);

/*
 * The message that is read at an end when `skip` others were, without taking it. Clear *value_out when done; borrowed
 * inside a snapshot or transaction, a copy elsewhere. PKS_NOT_FOUND when there are not so many; PKS_ERR_USAGE for
 * another end than 0 and 1.
 */
PKS_EXPORT int pks_pipe_peek(struct pks_object *pipe, int end, uint64_t skip, struct pks_value *value_out);

/*
 * Puts a message behind those that are to be read at an end, without a connection to the other one: what `pkstore load`
 * does. PKS_TIMED_OUT when there is no room for it; PKS_ERR_LIMIT, and PKS_ERR_USAGE, as pks_connection_send().
 */
PKS_EXPORT int pks_pipe_put(struct pks_object *pipe, int end, const struct pks_value *value);

/*
 * Makes it duplex or one-way; of what waits to be read at end 1 of a one-way Pipe nothing is until it is duplex again.
 */
PKS_EXPORT int pks_pipe_set_duplex(struct pks_object *pipe, bool duplex);

PKS_END_DECLS
#endif
