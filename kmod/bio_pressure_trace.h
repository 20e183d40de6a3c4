/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints bio_pressure:*. Their fields are an interface (bio_pressure(4)): add to them,
 * but do not change them. A mempool is told by its address.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bio_pressure

#if !defined(BIO_PRESSURE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define BIO_PRESSURE_TRACE_H

#include <linux/tracepoint.h>

/* From now on elements are refused, so many of a million. */
TRACE_EVENT(bio_pressure_held,
	TP_PROTO(const void *mempool, u32 ppm),
	TP_ARGS(mempool, ppm),
	TP_STRUCT__entry(
		__field(const void *, mempool)
		__field(u32, ppm)
	),
	TP_fast_assign(
		__entry->mempool = mempool;
		__entry->ppm = ppm;
	),
	TP_printk("mempool=%p ppm=%u", __entry->mempool, __entry->ppm)
);

/* No more are, after so many. */
TRACE_EVENT(bio_pressure_lifted,
	TP_PROTO(const void *mempool, u64 refused),
	TP_ARGS(mempool, refused),
	TP_STRUCT__entry(
		__field(const void *, mempool)
		__field(u64, refused)
	),
	TP_fast_assign(
		__entry->mempool = mempool;
		__entry->refused = refused;
	),
	TP_printk("mempool=%p refused=%llu", __entry->mempool, __entry->refused)
);

#endif /* BIO_PRESSURE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE bio_pressure_trace
#include <trace/define_trace.h>
