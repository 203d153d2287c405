/* SPDX-License-Identifier: MIT */
/* A command that is run while this program holds something for it. */
#ifndef TOOLS_CHILD_H
#define TOOLS_CHILD_H

/* From here on an exit code tells that the command did not come to an end of its own: see child_run(). */
#define CHILD_NOT_RUN 126

/*
 * Runs it to its end and returns what a shell would: its exit code, 128+N when signal N killed it, 127 when it was not
 * found and 126 when it cannot be executed, both with a message. What a terminal sends meanwhile is for the command.
 */
int child_run(char **command);

/*
 * Before anything is created or held for it: 0, or as child_run() would for a command that is not there or is no
 * program, with a message.
 */
int child_check(char **command);

#endif
