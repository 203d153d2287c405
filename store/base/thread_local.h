/* SPDX-License-Identifier: MIT */
/* Thread-local variables that every call on a store reads. */
#ifndef BASE_THREAD_LOCAL_H
#define BASE_THREAD_LOCAL_H

/*
 * Found without a call of the dynamic linker's. Programs that load the library late have room for a few hundred bytes
 * of these in all (glibc's static TLS surplus), so it is not for what is large or rarely read.
 */
#define HOT_THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

#endif
