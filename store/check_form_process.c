/* SPDX-License-Identifier: MIT */
/* FORMAT.md's tables of what a Process has: attributes, options, report and history; and lines of output. */
#include "check_form.h"

#include <string.h>

#define HISTORY_MAX 16
#define HISTORY_ERROR_MAX 1024

/* ---- progress, report ---- */

static bool is_progress(struct form *form, struct bytes item)
{
	static const struct form_field fields[] = {MUST("time", form_time), MUST("text", form_text), {0}};

	return form_fields(form, item, fields);
}

static bool is_signal(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 1, INT32_MAX);
}

static bool is_oom(struct form *form, struct bytes item)
{
	return form_is_null(item) || form_bool(form, item);
}

static bool is_report(struct form *form, struct bytes item)
{
	static const struct form_field fields[] = {
		MAY("signal", is_signal),     MAY("signal_name", form_text),
		MAY("core", form_true),       MAY("oom", is_oom),
		MAY("utime", form_float),     MAY("stime", form_float),
		MAY("maxrss", form_unsigned), MAY("progress", is_progress),
		MAY("backtrace", form_texts), MAY("address", form_unsigned),
		MAY("output", form_strings),  {0},
	};

	return form_fields(form, item, fields);
}

/* ---- history ---- */

static bool is_attempt(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 0, UINT32_MAX);
}

static bool is_ending(struct form *form, struct bytes item)
{
	(void)form;
	return form_is_text(item, "finished") || form_is_text(item, "failed") || form_is_text(item, "crashed");
}

static bool is_exitcode(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, INT32_MIN, UINT8_MAX);
}

static bool is_short_error(struct form *form, struct bytes item)
{
	return form_text(form, item) && form_head(item).number <= HISTORY_ERROR_MAX;
}

static const struct form_field entry_fields[] = {
	MUST("attempt", is_attempt),  MUST("status", is_ending), MAY("exitcode", is_exitcode),
	MAY("submitted", form_time),  MAY("started", form_time), MAY("ended", form_time),
	MAY("error", is_short_error), MAY("report", is_report),  {0},
};

static bool is_entry(struct form *form, struct bytes item)
{
	return form_fields(form, item, entry_fields);
}

static bool is_history(struct form *form, struct bytes item)
{
	return form_each(form, item, is_entry) && form_head(item).number <= HISTORY_MAX;
}

/* ---- options ---- */

static bool is_method(struct form *form, struct bytes item)
{
	static const char *const methods[] = {"pool", "dedicated", "fork", "spawn", "forkserver"};

	(void)form;
	return form_is_one_of(item, methods, sizeof(methods) / sizeof(*methods));
}

static bool is_pool(struct form *form, struct bytes item)
{
	struct item head = form_head(item);

	return form_text(form, item) && form_is_pool((struct bytes){head.data, head.number});
}

static bool is_environment(struct form *form, struct bytes item)
{
	return form_pairs(form, item, form_string, form_string);
}

static bool is_level(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 1, INT32_MAX);
}

static bool is_grace(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, -1, INT32_MAX);
}

static const struct form_field option_fields[] = {
	MAY("method", is_method),   MAY("pool", is_pool),
	MAY("cwd", form_folder),    MAY("env", is_environment),
	MAY("stdin", form_string),  MAY("level", is_level),
	MAY("daemon", form_keeper), MAY("output_cap", form_unsigned),
	MAY("function", form_bool), MAY("kind", form_text),
	MAY("on_exit", form_bool),  MAY("exit_of", form_positive),
	MAY("grace", is_grace),     {0},
};

static bool is_options(struct form *form, struct bytes item)
{
	return form_fields(form, item, option_fields);
}

/* ---- the attributes ---- */

/* MODULE:HANDLER, or a command. */
static bool is_target(struct form *form, struct bytes item)
{
	struct item head = form_head(item);
	const uint8_t *colon;

	if (head.type != ITEM_TEXT)
		return form_each(form, item, form_string) && head.number > 0;
	colon = head.number > 0 ? memrchr(head.data, ':', head.number) : NULL;
	return colon && colon > head.data && colon + 1 < head.data + head.number;
}

static bool is_kwargs(struct form *form, struct bytes item)
{
	return form_pairs(form, item, form_text, form_any);
}

bool form_attribute(struct form *form, struct bytes name, struct bytes value)
{
	static const struct form_field fields[] = {
		MAY("target", is_target),      MAY("args", form_list),
		MAY("kwargs", is_kwargs),      MAY("options", is_options),
		MAY("output", form_reference), MAY("error", form_text),
		MAY("report", is_report),      MAY("progress", is_progress),
		MAY("history", is_history),    {0},
	};
	form_is *is = form_field(fields, name);

	return !is || is(form, value);
}

/* ---- lines ---- */

static bool is_stream(struct form *form, struct bytes item)
{
	(void)form;
	return form_is_text(item, "stdout") || form_is_text(item, "stderr");
}

bool form_output_line(struct form *form, struct bytes item)
{
	static const struct form_field fields[] = {
		MUST("time", form_time), MUST("stream", is_stream),  MUST("text", form_string),
		MAY("open", form_true),  MAY("lost", form_unsigned), {0},
	};

	return form_fields(form, item, fields);
}

static bool is_level_name(struct form *form, struct bytes item)
{
	static const char *const levels[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

	(void)form;
	return form_is_one_of(item, levels, sizeof(levels) / sizeof(*levels));
}

bool form_syslog(struct form *form, struct bytes item)
{
	static const struct form_field fields[] = {
		MUST("time", form_time),   MUST("level", is_level_name), MUST("name", form_text),
		MUST("pid", form_integer), MUST("text", form_text),      {0},
	};

	return form_fields(form, item, fields);
}
