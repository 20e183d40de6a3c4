/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which bioscope this is. The Makefile says so.
 */
#ifndef BIOSCOPE_UTIL_VERSION_H
#define BIOSCOPE_UTIL_VERSION_H

#ifndef BIOSCOPE_VERSION
#define BIOSCOPE_VERSION "unknown"
#endif

#endif
