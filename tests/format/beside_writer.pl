#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Changes a store while C programs do: beside_writer.pl STORE ROUNDS; see beside.c.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use PkFormat;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($path, $rounds) = @ARGV;
my $store = PkFormat->open_store($path);

# The time at which the transaction is about to be committed, in nanoseconds.
sub now { return int(clock_gettime(CLOCK_MONOTONIC) * 1e9) }

for my $i (0 .. $rounds - 1) {
	$store->transaction(sub {
		my ($txn) = @_;
		my ($totals, $queue) = ($txn->find('shared/totals'), $txn->find('shared/queue'));
		$txn->append($txn->find('shared/log'), ['perl', $i]);
		$txn->set($totals, 'sum', $txn->item($totals, 'sum') + 1);
		$txn->set($totals, 'put', $txn->item($totals, 'put') + 1) if $txn->queue_put($queue, $i);
		$txn->set($totals, 'got', $txn->item($totals, 'got') + 1) if $i % 2 && defined $txn->queue_get($queue);
	});
	$store->transaction(sub {
		my ($txn) = @_;
		$txn->append($txn->find('perl/log'), [$i, now()]);
		$txn->queue_put($txn->find('perl/queue'), [$i, now()]);
		$txn->set_value($txn->find('perl/value'), [$i, now()]);
		$txn->set($txn->find('perl/dict'), 'now', [$i, now()]);
	});
}
$store->close_store;
