# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests that look whether what went through stack_blk comes back: fio, and what the device says.

io=(--rw=randwrite --bsrange=4k-128k --size=4m --io_size=4m --ioengine=libaio --iodepth=8 --direct=1
	--fsync=16 --verify=crc32c --verify_fatal=1)
verify=(fio --output="$work/fio" --name=t "${io[@]}")

# One line: what the I/O that came was not right for the device, nothing if all was.
counted_faults() {
	local fault

	udevadm settle # looks at a disk that was written
	for fault in bios_failed clones_failed inflight kzalloc_dirty; do
		[ "$(counter $fault)" = 0 ] || echo "$fault=$(counter $fault)"
	done
	[ "$(counter clones_completed)" = "$(counter clones_allocated)" ] || echo 'clones are lost'
}

# faults [FIO-OPTION...]: one line, what an I/O did wrong, nothing if it was right.
faults() {
	timeout 300 "${verify[@]}" "$@" ||
		{ echo "fio: $(tail -n 3 "$work/fio" | tr '\n' ' ')" && return; }
	counted_faults
}
