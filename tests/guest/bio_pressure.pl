#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0
# bio_pressure.pl ACTION...: actions on /dev/bio_pressure, in order, on one descriptor.
#
# arm:TARGET:PPM:MS[:NAME=VALUE...] and raw:NR[:POINTER] print ok or the error's name; NAME is a field of
# struct bio_pressure_arm, or sleeping=1, or more=HEX, bytes behind the structure; a device is given by its
# path. again:... is arm by another descriptor, and what follows is about that; why prints the reason
# of the last error or end; stats prints JSON; sleep:SECONDS; some:FIELD and none:FIELD wait until that
# statistic is not 0 or is 0, for ten minutes at the most; lift prints ok or an error's name; hold says so
# and stays until SIGTERM, upon which it prints stats. readonly, first: the descriptor is not for writing.
# random:N:ADDRESS, alone, arms in turn N targets of each kind that are no pools, and prints how many of them
# were taken: any number, one that is an address, and those around the bio_set at ADDRESS.
#
# In Perl because the tests start this often, and it starts at once.
use strict;
use warnings;
no warnings 'portable'; # addresses have 64 bits

my ($ARM, $STATS, $LIFT) = (0x403862F0, 0xC0C862F1, 0x62F2);
my @fields = qw(size state seed refused spared excluded missed_overflow missed_recursion missed_before
	remaining_ms reserved);
my %pools = (bio => 0, bvec => 1, mempool => 2);
my $stop = 0;

$| = 1;

sub device {
	my ($mode) = @_;
	open(my $fd, $mode // '+<', '/dev/bio_pressure') or die "bio_pressure.pl: /dev/bio_pressure: $!\n";
	return $fd;
}

# The name of the error that $! is.
sub error_name {
	my ($name) = sort grep { $!{$_} && !/^(EWOULDBLOCK|ENOTSUP)$/ } keys %!;
	return $name // $! + 0;
}

sub arm {
	my ($fd, $target, $ppm, $ms, @more) = @_;
	my %arm = ( flags => 0, pool => 'bio', interval => 0, times => 0, seed => 0, pid => 0, more => '',
		device => 0, map { split /=/, $_, 2 } @more);
	my $device;

	$target = hex $target if $target =~ /^0x/;
	$arm{flags} |= 1 if $arm{seed};
	$arm{flags} |= 4 if $arm{sleeping};
	if ($arm{device}) {
		$arm{flags} |= 2;
		open($device, '<', $arm{device}) or die "bio_pressure.pl: $arm{device}: $!\n";
		$arm{device} = fileno $device;
	}
	$arm{size} //= 56 + length($arm{more}) / 2;
	my $bytes = pack('LLQLLLLQQll', $arm{size}, $arm{flags}, $target, $pools{$arm{pool}} // $arm{pool}, $ppm,
		$arm{interval}, $ms, $arm{times}, $arm{seed}, $arm{device}, $arm{pid});
	return ioctl($fd, $ARM, $bytes . pack('H*', $arm{more})) ? 'ok' : error_name();
}

# What the kernel says, and what follows from that.
sub stats {
	my ($fd) = @_;
	my ($buffer, %now) = pack('L', 200) . "\0" x 196;
	ioctl($fd, $STATS, $buffer) or die "bio_pressure.pl: statistics: $!\n";
	@now{@fields, 'message'} = unpack('LLQQQQQQQLLZ*', $buffer);
	$now{armed} = $now{state} == 1 ? 1 : 0;
	$now{seen} = $now{refused} + $now{spared};
	$now{missed} = $now{missed_overflow} + $now{missed_recursion} + $now{missed_before};
	return %now;
}

sub json {
	my (%now) = @_;
	delete $now{message};
	return '{' . join(', ', map { "\"$_\": $now{$_}" } sort keys %now) . "}\n";
}

sub pause { select(undef, undef, undef, $_[0]) }

sub await {
	my ($fd, $field, $wanted) = @_;
	for (1 .. 12000) {
		my %now = stats($fd);
		return if !!$now{$field} == !!$wanted;
		pause(0.05);
	}
}

# Aligned as a pool is; the addresses are in the gigabyte that the bio_set is in.
sub rounds {
	my ($number, $bs) = @_;
	my $memory = hex($bs) & ~(2**30 - 1);
	my ($fd, $tried, $taken) = (device(), 0, 0);
	for my $round (1 .. $number) {
		my $around = hex($bs) + 8 * int(($round + 1) / 2) * ($round & 1 ? 1 : -1);
		my @targets = ([int(rand(2**32)) << 32 | int(rand(2**32)) & ~7, int(rand(3))],
			[$memory + (int(rand(2**30)) & ~7), int(rand(3))],
			[$around, int(rand(2))]);
		for (@targets) {
			my ($target, $pool) = @$_;
			$tried++;
			next unless arm($fd, $target, 1000000, 10000, "pool=$pool") eq 'ok';
			$taken++;
			$fd = device();
		}
	}
	return (tried => $tried, taken => $taken);
}

# A pointer that is no buffer of ours: ioctl() passes a number on as it is.
sub raw {
	my ($fd, $nr, $pointer) = @_;
	return ioctl($fd, hex $nr, $pointer + 0) ? 'ok' : error_name();
}

$SIG{TERM} = sub { $stop = 1 } if grep { $_ eq 'hold' } @ARGV;
my @fds;
my $fd;
$fd = device() unless $ARGV[0] =~ /^random/;
for my $action (@ARGV) {
	my ($name, @words) = split /:/, $action;
	if ($name eq 'arm') {
		print arm($fd, @words), "\n";
	} elsif ($name eq 'again') {
		push @fds, $fd;
		$fd = device();
		print arm($fd, @words), "\n";
	} elsif ($name eq 'why') {
		my %now = stats($fd);
		print "$now{message}\n";
	} elsif ($name eq 'raw') {
		print raw($fd, @words), "\n";
	} elsif ($name eq 'readonly') {
		$fd = device('<');
	} elsif ($name eq 'lift') {
		print ioctl($fd, $LIFT, 0) ? 'ok' : error_name(), "\n";
	} elsif ($name eq 'stats') {
		print json(stats($fd));
	} elsif ($name eq 'random') {
		print json(rounds(@words));
	} elsif ($name eq 'sleep') {
		pause(@words);
	} elsif ($name eq 'some' || $name eq 'none') {
		await($fd, $words[0], $name eq 'some');
	} elsif ($name eq 'hold') {
		print "held\n";
		pause(0.2) until $stop; # a signal between test and sleep is noticed late, not never
		print json(stats($fd));
	}
}
