// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal, while `top' has it to itself.
 */
#include "render/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "util/msg.h"

#define HEAD_LINES 2 /* the summary, and the heads of columns */
#define WIDTH_MAX 500 /* of what is used of a line, in characters */
#define SAID 16384 /* bytes, of what is said meanwhile */
#define ESCAPE_MS 25 /* after which Esc is none that begins a longer sequence */

enum pair {
	PAIR_NONE,
	PAIR_WAITING,
	PAIR_STALLED
};

struct screen {
	SCREEN *curses;
	bool colours;
	int said_fd; /* what is written to stderr comes out here */
	int stderr_fd; /* where that went before */
	char said[SAID]; /* with a NUL; what comes first is kept */
	size_t nr_said;
	size_t nr_read; /* of that, which was there when a key was pressed */
};

/* stderr goes into a pipe until divert_back(). */
static int divert(struct screen *s)
{
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	fflush(stderr);
	s->stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (s->stderr_fd < 0 || dup2(ends[1], STDERR_FILENO) < 0) {
		err = -errno;
		if (s->stderr_fd >= 0)
			close(s->stderr_fd);
		close(ends[0]);
		close(ends[1]);
		return err;
	}
	close(ends[1]);
	s->said_fd = ends[0];
	return 0;
}

static void listen_to(struct screen *s)
{
	char rest[512];
	ssize_t n;

	fflush(stderr);
	do {
		if (s->nr_said + 1 < SAID)
			n = read(s->said_fd, s->said + s->nr_said, SAID - 1 - s->nr_said);
		else
			n = read(s->said_fd, rest, sizeof(rest));
		if (n > 0 && s->nr_said + 1 < SAID)
			s->nr_said += (size_t)n;
	} while (n > 0);
	s->said[s->nr_said] = '\0';
}

static void divert_back(struct screen *s)
{
	listen_to(s);
	dup2(s->stderr_fd, STDERR_FILENO);
	close(s->stderr_fd);
	close(s->said_fd);
	fputs(s->said, stderr);
}

int screen_open(struct screen **out)
{
	const char *plain = getenv("NO_COLOR"), *term = getenv("TERM");
	struct screen *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;

	*out = NULL;
	if (!err) {
		setlocale(LC_CTYPE, "");
		s->curses = newterm(NULL, stdout, stdin);
		err = s->curses ? divert(s) : -ENOTTY;
	}
	if (err) {
		if (s && s->curses) {
			endwin();
			delscreen(s->curses);
		}
		msg_error(
			"cannot draw on this terminal (TERM is %s): %s; `bioscope stat' needs none",
			term ? term : "not set",
			s && !s->curses ? "its kind is not known" : strerror(-err));
		free(s);
		return err;
	}
	cbreak();
	noecho();
	keypad(stdscr, true);
	nodelay(stdscr, true);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	s->colours = !(plain && plain[0]) && has_colors() && start_color() == OK &&
		     use_default_colors() == OK;
	if (s->colours) {
		init_pair(PAIR_WAITING, COLOR_YELLOW, -1);
		init_pair(PAIR_STALLED, COLOR_RED, -1);
	}
	*out = s;
	return 0;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	endwin();
	delscreen(s->curses);
	divert_back(s);
	free(s);
}

int screen_key(struct screen *s)
{
	int key = getch();

	if (key != ERR && key != KEY_RESIZE)
		s->nr_read = s->nr_said;
	return key;
}

bool screen_is_there(struct screen *s)
{
	struct termios tio;

	(void)s;
	return !tcgetattr(STDIN_FILENO, &tio);
}

size_t screen_page(const struct screen *s)
{
	(void)s;
	return LINES > HEAD_LINES + 1 ? (size_t)(LINES - HEAD_LINES - 1) : 1;
}

/* A whole line, of which what has no room is left out. */
static void put_line(int y, attr_t attr, const char *text)
{
	if (y < 0 || y >= LINES)
		return;
	move(y, 0);
	clrtoeol();
	attron(attr);
	addnstr(text, COLS);
	attroff(attr);
}

static int widest(const struct top *t)
{
	size_t i, most = 4, len;

	for (i = 0; i < t->nr_rows; i++) {
		len = strlen(t->rows[i]->name);
		most = len > most ? len : most;
	}
	return (int)most;
}

/* "2 waiting (longest 7.10s) STALLED, 3 of 40 pools  11:22:33, for 1.50s". */
static void put_summary(const struct top *t, const struct model_report *r,
			const struct screen_text *text)
{
	uint64_t waiting = 0, longest = 0;
	char line[256], took[TEXT_SIZE], when[16];
	time_t now = time(NULL);
	bool stalled = false;
	struct tm tm;
	size_t i;
	int len;

	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		waiting += p->waiting;
		longest = p->waiting_longest_ns > longest ? p->waiting_longest_ns : longest;
		stalled |= p->stalled;
	}
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	len = snprintf(line, sizeof(line), "%s", t->paused ? "PAUSED, " : "");
	if (model_sees(r, TRACE_SEES_WAITS))
		len += snprintf(line + len, sizeof(line) - (size_t)len, "%" PRIu64 " waiting",
				waiting);
	else
		len += snprintf(line + len, sizeof(line) - (size_t)len, "- waiting");
	if (waiting)
		len += snprintf(line + len, sizeof(line) - (size_t)len, " (longest %s)%s",
				text_time(longest, took), stalled ? " STALLED" : "");
	len += snprintf(line + len, sizeof(line) - (size_t)len, ", %zu of %zu pools%s%s",
			t->nr_rows, r->nr_pools, t->filter[0] ? " with " : "", t->filter);
	if (r->lost_total)
		len += snprintf(line + len, sizeof(line) - (size_t)len, ", %" PRIu64 " lost",
				r->lost_total);
	snprintf(line + len, sizeof(line) - (size_t)len, "  %s, for %s", when,
		 text_time(text->running_ns, took));
	put_line(0, stalled ? COLOR_PAIR(PAIR_STALLED) | A_BOLD : A_BOLD, line);
}

static void put_heads(const struct top *t, const bool *shown, int names)
{
	unsigned int c;
	int x = names;

	put_line(1, 0, "");
	attron(A_REVERSE);
	mvprintw(1, 0, "%-*.*s", COLS, COLS, "");
	attron(t->sort == COLUMNS ? A_BOLD | A_UNDERLINE : 0);
	mvprintw(1, 0, "%.*s", names, "POOL");
	attroff(A_BOLD | A_UNDERLINE);
	for (c = 0; c < COLUMNS; c++) {
		const struct column_head *h = &column_heads[c];

		if (!shown[c])
			continue;
		attron(t->sort == c ? A_BOLD | A_UNDERLINE : 0);
		mvprintw(1, x + 1 + h->width - (int)strlen(h->name), "%s", h->name);
		attroff(A_BOLD | A_UNDERLINE);
		x += 1 + h->width;
	}
	attroff(A_REVERSE);
}

static attr_t attr_of(const struct model_pool *p, bool chosen)
{
	attr_t attr = chosen ? A_REVERSE : 0;

	if (p->stalled)
		return attr | COLOR_PAIR(PAIR_STALLED) | A_BOLD;
	return p->waiting ? attr | COLOR_PAIR(PAIR_WAITING) : attr;
}

static void put_pool(int y, const struct model_report *r, const struct model_pool *p, bool chosen,
		     const bool *shown, int names)
{
	char line[WIDTH_MAX + COLUMNS * TEXT_SIZE], text[TEXT_SIZE];
	unsigned int c;
	int len = snprintf(line, sizeof(line), "%-*.*s", names, names, p->name);

	for (c = 0; c < COLUMNS; c++)
		if (shown[c])
			len += snprintf(line + len, sizeof(line) - (size_t)len, " %*s",
					column_heads[c].width, columns_text(r, p, c, text));
	put_line(y, attr_of(p, chosen), line);
}

static void put_pools(struct screen *s, const struct top *t, const struct model_report *r)
{
	size_t page = screen_page(s), i, from = t->at >= page ? t->at - page + 1 : 0;
	bool shown[COLUMNS];
	int names = columns_fit(COLS < WIDTH_MAX ? COLS : WIDTH_MAX, widest(t), shown);

	put_heads(t, shown, names);
	for (i = 0; i < page; i++) {
		if (from + i < t->nr_rows)
			put_pool(HEAD_LINES + (int)i, r, t->rows[from + i], from + i == t->at,
				 shown, names);
		else
			put_line(HEAD_LINES + (int)i, 0, "");
	}
	if (!t->nr_rows)
		put_line(HEAD_LINES, 0,
			 t->filter[0] ? "no pool has that in its name" :
			 r->nr_pools  ? "nothing is allocated; i shows idle pools" :
					"no pools");
}

/* Lines from @t->scroll on, which is at most what leaves the last page full. */
static void put_text(struct screen *s, struct top *t, const char *title, const char *text)
{
	size_t page = screen_page(s), n = 0, i;
	const char *c;
	char line[512];

	for (c = text; *c; c++)
		n += *c == '\n';
	n = n > page ? n - page : 0;
	if (t->scroll > n)
		t->scroll = n;
	put_line(1, A_REVERSE, title);
	for (i = 0, c = text; i < t->scroll; i++)
		c = strchr(c, '\n') + 1;
	for (i = 0; i < page; i++) {
		size_t len = strcspn(c, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)len, c);
		put_line(HEAD_LINES + (int)i, strncmp(line, "STALLED", 7) ? 0 : A_BOLD, line);
		c += len + (c[len] == '\n');
	}
}

static void put_help(struct screen *s, struct top *t)
{
	const struct top_key *k;
	char text[1024] = "";
	int len = 0;

	for (k = top_keys; k->key; k++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%-12s %s\n", k->key,
				k->does);
	put_text(s, t, "KEYS", text);
}

/* What is typed, else what was said last, else which keys there are. */
static void put_foot(struct screen *s, const struct top *t)
{
	char line[512], *last;
	size_t len;

	listen_to(s);
	len = s->nr_said;
	while (len && s->said[len - 1] == '\n')
		len--;
	for (last = s->said + len; last > s->said && last[-1] != '\n'; last--)
		;
	if (t->typing)
		snprintf(line, sizeof(line), "/%s_", t->filter);
	else if (s->nr_said > s->nr_read)
		snprintf(line, sizeof(line), "%.*s", (int)(s->said + len - last), last);
	else
		snprintf(line, sizeof(line), "h help  q quit%s",
			 t->view == TOP_POOLS ? "  Enter in depth  / filter  < > sort" :
						"  Esc back");
	put_line(LINES - 1, A_DIM, line);
}

void screen_draw(struct screen *s, struct top *t, const struct model_report *r,
		 const struct screen_text *text)
{
	put_summary(t, r, text);
	if (t->view == TOP_POOLS)
		put_pools(s, t, r);
	else if (t->view == TOP_HELP)
		put_help(s, t);
	else
		put_text(s, t, "POOL IN DEPTH", text->lines ?: "");
	if (LINES > HEAD_LINES)
		put_foot(s, t);
	refresh();
}
