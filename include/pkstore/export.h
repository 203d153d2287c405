/* SPDX-License-Identifier: MIT */
#ifndef PKSTORE_EXPORT_H
#define PKSTORE_EXPORT_H

#ifdef __cplusplus
#define PKS_BEGIN_DECLS extern "C" {
#define PKS_END_DECLS }
#else
#define PKS_BEGIN_DECLS
#define PKS_END_DECLS
#endif

/* A function that `libpkstore` exports. Everything else in it is hidden. */
#define PKS_EXPORT __attribute__((visibility("default")))

/* Has the compiler check a call's arguments against its printf(3) format. */
#define PKS_PRINTF(string_at, first_at) __attribute__((__format__(__printf__, string_at, first_at)))

#endif
