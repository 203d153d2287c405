/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_HELP_H
#define TOOLS_HELP_H

#include "command.h"

/* What a command says about itself; NULL: the list of them all. */
void help_print(const struct command *command);

#endif
