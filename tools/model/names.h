/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What enumerators are called where people and machines read of them.
 */
#ifndef BIOSCOPE_MODEL_NAMES_H
#define BIOSCOPE_MODEL_NAMES_H

/**
 * model_lost_name() - the name of a loss counter
 * @what: enum record_lost
 *
 * Return: static string, usable as JSON key and metric label.
 */
const char *model_lost_name(unsigned int what);

/**
 * model_bio_state_name() - what a held element is doing
 * @state: enum record_bio
 *
 * Return: static string, usable as JSON value.
 */
const char *model_bio_state_name(unsigned int state);

/**
 * model_way_name() - the name of a way
 * @way: enum record_way
 *
 * Return: static string, usable as JSON key and metric label.
 */
const char *model_way_name(unsigned int way);

#endif
