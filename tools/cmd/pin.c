// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope pin, bioscope unpin: the tracer in bpffs, for bpftool.
 */
#include <errno.h>
#include <stdio.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "util/status.h"
#include "load/pin.h"
#include "render/render.h"
#include "run/session.h"

static int run_pin(const struct options *o)
{
	struct session s;
	int status = session_open(o, PIN_WANTS, &s);

	if (!status)
		render_text_unseen(s.trace.probes);
	if (!status && pin_all(&s.trace))
		status = MSG_EXIT_FAILED;
	if (!status)
		printf(PIN_DIR "\n");
	session_close(&s);
	return status;
}

static int run_unpin(const struct options *o)
{
	int err = pin_remove();

	(void)o;
	/* That nothing is there is nobody's lack. */
	return err == -ENOENT ? MSG_EXIT_FAILED : err ? status_of_error(err) : MSG_EXIT_OK;
}

const struct options_command cmd_pin = {
	.name = "pin",
	.summary = "leave programs and maps in bpffs, for bpftool",
	.doc = "Attach the tracer and leave it in " PIN_DIR
	       ", where it counts until `bioscope unpin'. "
	       "`bpftool map dump pinned " PIN_DIR
	       "/maps/pools' prints who the slots are, `.../calls' how many allocations each "
	       "processor has counted, by slot, and `.../counts' what is rare, see bioscope-bpftool(7).",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT,
	.run = run_pin,
};

const struct options_command cmd_unpin = {
	.name = "unpin",
	.summary = "take away what `pin' left",
	.doc = "Detach the programs that `bioscope pin' left and remove " PIN_DIR ".",
	.takes = 0,
	.run = run_unpin,
};
