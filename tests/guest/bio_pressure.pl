#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0
# bio_pressure.pl ACTION...: actions on /dev/bio_pressure, in order, on one descriptor.
#
# arm:TARGET:PPM:MS and raw:NR[:POINTER] print ok or the error's name; stats prints JSON; again:... is
# arm by another descriptor; sleep:SECONDS; some:FIELD and none:FIELD wait until that statistic is not 0
# or is 0, for ten minutes at the most; hold says so and stays until SIGTERM, upon which it prints
# stats. random:N, alone, arms N random targets in turn and prints what they refused.
#
# In Perl because the tests start this often, and it starts at once.
use strict;
use warnings;
no warnings 'portable'; # addresses have 64 bits

my ($ARM, $STATS) = (0x401062F0, 0x802062F1);
my @fields = qw(seen refused missed armed inside);
my $stop = 0;

$| = 1;

sub device {
	open(my $fd, '+<', '/dev/bio_pressure') or die "bio_pressure.pl: /dev/bio_pressure: $!\n";
	return $fd;
}

# The name of the error that $! is.
sub error_name {
	my ($name) = sort grep { $!{$_} && $_ ne 'EWOULDBLOCK' } keys %!;
	return $name // $! + 0;
}

sub arm {
	my ($fd, $target, $ppm, $ms) = @_;
	$target = hex $target if $target =~ /^0x/;
	return ioctl($fd, $ARM, pack('QLL', $target, $ppm, $ms)) ? 'ok' : error_name();
}

sub stats {
	my ($fd) = @_;
	my ($buffer, %now) = "\0" x 32;
	ioctl($fd, $STATS, $buffer) or die "bio_pressure.pl: statistics: $!\n";
	@now{@fields} = unpack('QQQLL', $buffer);
	return %now;
}

sub json {
	my (%now) = @_;
	return '{' . join(', ', map { "\"$_\": $now{$_}" } grep { exists $now{$_} } @fields) . "}\n";
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

sub rounds {
	my ($number) = @_;
	my %total = (armed => 0, seen => 0, refused => 0);
	for (1 .. $number) {
		my $fd = device();
		arm($fd, (int(rand(2**32)) << 32) | int(rand(2**32)) | 1, 1000000, 10000);
		pause(0.01);
		my %now = stats($fd);
		$total{$_} += $now{$_} for keys %total;
	}
	return %total;
}

# A pointer that is no buffer of ours: ioctl() passes a number on as it is.
sub raw {
	my ($fd, $nr, $pointer) = @_;
	return ioctl($fd, hex $nr, $pointer + 0) ? 'ok' : error_name();
}

$SIG{TERM} = sub { $stop = 1 } if grep { $_ eq 'hold' } @ARGV;
my ($fd, @more);
$fd = device() unless $ARGV[0] =~ /^random/;
for my $action (@ARGV) {
	my ($name, @words) = split /:/, $action;
	if ($name eq 'arm') {
		print arm($fd, @words), "\n";
	} elsif ($name eq 'again') {
		push @more, device();
		print arm($more[-1], @words), "\n";
	} elsif ($name eq 'raw') {
		print raw($fd, @words), "\n";
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
