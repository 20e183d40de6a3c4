// SPDX-License-Identifier: GPL-2.0
/*
 * What verify has found, as a page for a browser, which takes nothing from anywhere else.
 */
#include <stdio.h>
#include <stdlib.h>

#include "render/verify.h"
#include "render/xml.h"
#include "util/text.h"
#include "util/text_file.h"

#define DATE 32

/* Of pictures, too. */
static const char style[] =
	":root{color-scheme:light dark;--text:#1b1b1b;--page:#fff;--line:#767676;--soft:#f3f3f3;"
	"--task:#dcebfb;--pool:#fdeecb;--good:#1a6b2f;--bad:#b3261e}\n"
	"@media (prefers-color-scheme:dark){:root{--text:#e6e6e6;--page:#16181b;--line:#8f949b;"
	"--soft:#24272c;--task:#1d3a57;--pool:#4d3c10;--good:#7fd491;--bad:#ff9a90}}\n"
	"body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);"
	"max-width:60rem;margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem}dt{font-weight:600}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\n"
	"caption{text-align:left;padding:.4rem 0}\n"
	"th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line);"
	"font-variant-numeric:tabular-nums}\n"
	"th:first-child,td.text{text-align:left}tbody th{font-weight:400}\n"
	".good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}\n"
	"pre{background:var(--soft);padding:.8rem;overflow-x:auto}summary{cursor:pointer}\n"
	"svg{display:block;width:100%;max-width:760px;margin:1rem 0}\n"
	"svg text{font:12px ui-monospace,monospace;fill:var(--text);text-anchor:middle}\n"
	"svg .name{font-size:13px;font-weight:600}\n"
	"svg rect{stroke:var(--line);fill:var(--soft)}svg .task rect{fill:var(--task)}"
	"svg .pool rect{fill:var(--pool)}svg .end rect{stroke-dasharray:5 3}\n"
	"svg .edge{fill:none;stroke:var(--text);stroke-width:1.5}svg .back{stroke-width:2.5}"
	"svg .head{fill:var(--text)}\n";

static const char *class_of(const struct verify_trial *t)
{
	if (verify_fails(t))
		return "bad";
	return t->verdict == VERIFY_PROGRESS ? "good" : "untested";
}

static void put_item(const char *term, const char *text, FILE *out)
{
	fprintf(out, "<dt>%s</dt><dd>", term);
	xml_put_name(out, text);
	fputs("</dd>\n", out);
}

static void put_workload(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	(void)t;
	render_verify_workload(r, out);
}

static void put_date(const struct verify_result *r, FILE *out)
{
	char date[DATE];
	struct tm tm;

	if (!r->begun || !gmtime_r(&r->begun, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return;
	fprintf(out, "<dt>Date</dt><dd><time datetime=\"%s\">", date);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm);
	fprintf(out, "%s</time></dd>\n", date);
}

static void put_head(const struct verify_result *r, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
	      out);
	xml_put_name(out, r->device);
	fprintf(out, ": %s - bioscope verify</title>\n<style>\n%s</style>\n</head>\n",
		verify_name(verify_worst(r)), style);
}

static void put_summary(const struct verify_result *r, FILE *out)
{
	fputs("<h1>Does ", out);
	xml_put_name(out, r->device);
	fputs(" make progress with its pools exhausted?</h1>\n<dl>\n", out);
	fprintf(out, "<dt>Verdict</dt><dd class=\"%s\">%s</dd>\n",
		verify_status(r) == 0 ? "good" : "bad", verify_name(verify_worst(r)));
	put_item("Device", r->device, out);
	put_item("Kernel", r->kernel.release, out);
	put_date(r, out);
	fputs("<dt>Workload</dt><dd>", out);
	render_verify_xml(put_workload, r, NULL, out);
	fputs("</dd>\n</dl>\n", out);
}

static void put_row(const struct verify_trial *t, size_t i, FILE *out)
{
	bool tested = t->verdict != VERIFY_NOT_TESTED;
	int column, n = tested ? RENDER_VERIFY_COLUMNS : RENDER_VERIFY_REFUSED;
	char cell[RENDER_VERIFY_CELL];

	fputs("<tr><th scope=\"row\">", out);
	if (verify_fails(t))
		fprintf(out, "<a href=\"#trial-%zu\">", i);
	xml_put(out, render_verify_cell(t, RENDER_VERIFY_POOL, cell));
	fputs(verify_fails(t) ? "</a></th>" : "</th>", out);
	for (column = RENDER_VERIFY_RESERVE; column < n; column++) {
		if (column == RENDER_VERIFY_VERDICT)
			fprintf(out, "<td class=\"text %s\">", class_of(t));
		else
			fputs("<td>", out);
		xml_put(out, render_verify_cell(t, (enum render_verify_column)column, cell));
		fputs("</td>", out);
	}
	if (!tested)
		fprintf(out, "<td class=\"text\" colspan=\"%d\">%s</td>", RENDER_VERIFY_COLUMNS - n,
			verify_why(t->untested));
	fputs("</tr>\n", out);
}

static void put_table(const struct verify_result *r, FILE *out)
{
	size_t i;
	int column;

	fprintf(out,
		"<h2>Trials</h2>\n<div class=\"wide\"><table>\n<caption>What was exhausted, and how the "
		"workload did then</caption>\n<thead><tr>");
	for (column = 0; column < RENDER_VERIFY_COLUMNS; column++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>",
			column == RENDER_VERIFY_VERDICT ? " style=\"text-align:left\"" : "",
			render_verify_head((enum render_verify_column)column));
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < r->nr_trials; i++)
		put_row(&r->trials[i], i, out);
	fputs("</tbody>\n</table></div>\n", out);
}

static void put_stacks(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	(void)r;
	render_verify_circle(&t->circle, out);
	render_verify_others(t, out);
}

static void put_trial(const struct verify_result *r, size_t i, FILE *out)
{
	const struct verify_trial *t = &r->trials[i];
	char name[RENDER_VERIFY_CELL];

	fprintf(out, "<section aria-labelledby=\"trial-%zu\">\n<h2 id=\"trial-%zu\">", i, i);
	fprintf(out, "%s: ", verify_name(t->verdict));
	xml_put(out, render_verify_cell(t, RENDER_VERIFY_POOL, name));
	fputs("</h2>\n<p>", out);
	render_verify_xml(render_verify_what, r, t, out);
	fputs("</p>\n", out);
	if (t->circle.n) {
		render_verify_svg(r, t, i, out);
		fputs("<details><summary>The same in words, with stacks</summary>\n<pre>", out);
		render_verify_xml(put_stacks, r, t, out);
		fputs("</pre></details>\n", out);
	}
	fputs("<p>", out);
	render_verify_xml(render_verify_recovery, r, t, out);
	fputs("</p>\n</section>\n", out);
}

void render_verify_html(const struct verify_result *r, FILE *out)
{
	size_t i;

	put_head(r, out);
	fputs("<body>\n<main>\n", out);
	put_summary(r, out);
	put_table(r, out);
	for (i = 0; i < r->nr_trials; i++)
		if (verify_fails(&r->trials[i]))
			put_trial(r, i, out);
	fputs("</main>\n</body>\n</html>\n", out);
}

void render_verify_xml(void (*put)(const struct verify_result *r, const struct verify_trial *t,
				   FILE *out),
		       const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	struct text_file file;
	char *text;

	if (text_file_open(&file))
		put(r, t, file.out);
	text = text_file_close(&file);
	xml_put_text(out, text ?: "");
	free(text);
}
