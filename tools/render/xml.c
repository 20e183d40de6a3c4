// SPDX-License-Identifier: GPL-2.0
/*
 * Text within XML and HTML.
 */
#include "render/xml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

/* U+FFFE and U+FFFF are UTF-8, but XML has none of them, in no way. */
static bool is_noncharacter(const char *s)
{
	return !strncmp(s, "\xef\xbf\xbe", 3) || !strncmp(s, "\xef\xbf\xbf", 3);
}

void xml_put(FILE *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&apos;", out);
			break;
		default:
			if (is_noncharacter(s)) {
				fprintf(out, "\\xef\\xbf\\x%02x", (unsigned char)s[2]);
				s += 2;
			} else {
				fputc(*s, out);
			}
		}
	}
}

void xml_put_name(FILE *out, const char *s)
{
	size_t size = 4 * strlen(s) + sizeof("\\xNN");
	char *name = malloc(size);

	xml_put(out, name ? text_escape(s, name, size) : "");
	free(name);
}

void xml_put_text(FILE *out, const char *s)
{
	char *text = text_escape_lines(s);

	xml_put(out, text ?: "");
	free(text);
}
