/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text within XML and HTML.
 */
#ifndef BIOSCOPE_RENDER_XML_H
#define BIOSCOPE_RENDER_XML_H

#include <stdio.h>

/**
 * xml_put() - write text, for elements and attributes
 * @out: where to
 * @s: what text_escape() has made, and newlines
 */
void xml_put(FILE *out, const char *s);

/**
 * xml_put_name() - write a name, which may be any bytes
 * @out: where to
 * @s: the name, which is made as text_escape() does; without memory, nothing is written
 */
void xml_put_name(FILE *out, const char *s);

/**
 * xml_put_text() - write text that may be any bytes
 * @out: where to
 * @s: the text, in which all but newlines is as text_escape() makes it; without memory, nothing is written
 */
void xml_put_text(FILE *out, const char *s);

#endif
