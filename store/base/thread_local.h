/* SPDX-License-Identifier: MIT */
/* Thread-local variables that every call on a store reads. */
#ifndef BASE_THREAD_LOCAL_H
#define BASE_THREAD_LOCAL_H

/*
 * Found without a call of the dynamic linker's. Programs that load the library late have room for a few hundred bytes
 * (glibc's static TLS surplus), for all of its thread-local variables together once one of them is of this kind: of what
 * is large, only the address is in one.
 */
#define HOT_THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

#endif
