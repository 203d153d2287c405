# SPDX-License-Identifier: MIT
# A writer of pkstore stores, from store/FORMAT.md alone: LMDB, CBOR, flock, and nothing of libpkstore.
package PkFormat;

use strict;
use warnings;
use CBOR::XS;
use Fcntl qw(:flock O_RDONLY O_DIRECTORY);
use JSON::PP;
use LMDB_File qw(:envflags :cursor_op :error);

use constant { TYPE => 0, UUID => 1, PATH => 2, CREATED => 3, VERSION => 4, COUNT => 5, INDEX => 6, PINNED => 7,
	FIRST => 8, CAP => 9, BYTES => 10, LIMIT => 11, LIMIT_BYTES => 12, UNVERSIONED => 13, CLASS => 14, OWN => 15 };
use constant { HEADER => "\0", ITEM => "\3", HELD => "\4" };
use constant { NEXT => 0, UNFINISHED => 1 };
use constant CHUNK_MAX => 4080;

# How Perl's strings are to be written is not seen by looking at them: of those in a header it is known.
my @kind_of_element = ('text', 'bytes', 'text', undef, undef, undef, 'bytes', undef, (undef) x 6, 'text', undef);
my @default = ((undef) x 6, undef, 0, (0) x 5, 0, undef, undef);

my $cbor = CBOR::XS->new->text_keys->text_strings;

sub object_key { my ($id, $part, $name) = @_; return "\4" . pack('Q>', $id) . $part . ($name // '') }

# ---- the store ----

sub open_store {
	my ($class, $path) = @_;
	open(my $file, '<', "$path/pkstore.json") or die "$path: $!";
	my $manifest = JSON::PP::decode_json(do { local $/; <$file> });
	die "a store of a newer format" if $manifest->{pkstore} != 1;
	sysopen(my $directory, $path, O_RDONLY | O_DIRECTORY) or die "$path: $!";
	my %flags = (relaxed => MDB_NOMETASYNC, none => MDB_NOSYNC, full => 0);
	flock($directory, LOCK_EX) or die "flock: $!";
	my $env = LMDB::Env->new($path, { mapsize => 0, flags => $flags{$manifest->{durability}} });
	flock($directory, LOCK_UN);
	return bless { directory => $directory, env => $env }, $class;
}

sub close_store {
	my ($self) = @_;
	flock($self->{directory}, LOCK_EX);
	undef $self->{env};
	flock($self->{directory}, LOCK_UN);
}

# Runs the code in a write transaction; what it changed gets its header at the end.
sub transaction {
	my ($self, $code) = @_;
	my $txn = $self->{env}->BeginTxn;
	my $db = $txn->OpenDB;
	my $at = bless { db => $db, changed => {} }, 'PkFormat::Transaction';
	$code->($at);
	$at->write_headers;
	$txn->commit;
}

# ---- what is done in a transaction ----
package PkFormat::Transaction;


use LMDB_File qw(:cursor_op :error);

sub get {
	my ($self, $key) = @_;
	my $value;
	local $LMDB_File::die_on_err = 0;
	my $r = $self->{db}->get($key, $value);
	return undef if $r == MDB_NOTFOUND;
	die "get: $r" if $r;
	return $value;
}

sub put { my ($self, $key, $value) = @_; $self->{db}->put($key, $value) }

# The first record from a key on, or the last one before it: (key, value), or nothing.
sub seek_record {
	my ($self, $from, $before) = @_;
	my ($key, $value) = ($from, undef);
	local $LMDB_File::die_on_err = 0;
	my $cursor = $self->{db}->Cursor;
	my $r = $cursor->get($key, $value, MDB_SET_RANGE);
	$r = $cursor->get($key, $value, $r ? MDB_LAST : MDB_PREV) if $before;
	return $r ? () : ($key, $value);
}

sub find {
	my ($self, $path) = @_;
	my $id = $self->get("\2$path") // die "$path: not there";
	return unpack('Q>', $id);
}

sub header {
	my ($self, $id) = @_;
	return $self->{changed}{$id} if $self->{changed}{$id};
	my $header = $cbor->decode($self->get(PkFormat::object_key($id, PkFormat::HEADER)));
	push @$header, @default[scalar(@$header) .. $#default];
	return $header;
}

sub touch { my ($self, $id) = @_; return $self->{changed}{$id} //= $self->header($id) }

sub is_default {
	my ($header, $element) = @_;
	return 0 if $element < PkFormat::INDEX;
	my $value = $header->[$element];
	return !defined $value || (!defined $kind_of_element[$element] && !ref $value && !$value)
		|| (Types::Serialiser::is_bool($value) && !$value);
}

sub encode_header {
	my (@header) = @_;
	pop @header while is_default(\@header, $#header);
	for my $element (0 .. $#header) {
		my $kind = $kind_of_element[$element] // '';
		next unless defined $header[$element];
		$header[$element] = CBOR::XS::as_text($header[$element]) if $kind eq 'text';
		$header[$element] = CBOR::XS::as_bytes($header[$element]) if $kind eq 'bytes';
		$header[$element] = $header[$element] ? Types::Serialiser::true : Types::Serialiser::false
			if $element == PkFormat::PINNED || $element == PkFormat::UNVERSIONED;
	}
	return $cbor->encode(\@header);
}

sub write_headers {
	my ($self) = @_;
	for my $id (keys %{ $self->{changed} }) {
		my $header = $self->{changed}{$id};
		$header->[PkFormat::VERSION]++ unless $header->[PkFormat::UNVERSIONED];
		$self->put(PkFormat::object_key($id, PkFormat::HEADER), encode_header(@$header));
	}
}

# Whether the record is new.
sub put_record {
	my ($self, $id, $part, $name, $value) = @_;
	my $key = PkFormat::object_key($id, $part, $name);
	my $old = $self->get($key);
	$self->touch($id)->[PkFormat::BYTES] += length($value) + (defined $old ? -length($old) : length($name));
	$self->put($key, $value);
	return !defined $old;
}

sub set {
	my ($self, $id, $key, $value) = @_;
	my $added = $self->put_record($id, PkFormat::ITEM, $key, $cbor->encode($value));
	$self->touch($id)->[PkFormat::COUNT]++ if $added;
}

sub item {
	my ($self, $id, $key) = @_;
	my $record = $self->get(PkFormat::object_key($id, PkFormat::ITEM, $key));
	return defined $record ? $cbor->decode($record) : undef;
}

# To a Log without a cap.
sub append {
	my ($self, $id, $value) = @_;
	my ($header, $entry) = ($self->touch($id), $cbor->encode($value));
	my $prefix = PkFormat::object_key($id, PkFormat::ITEM);
	my $position = $header->[PkFormat::FIRST] + $header->[PkFormat::COUNT];
	my ($last, $chunk) = $self->seek_record(PkFormat::object_key($id, PkFormat::HELD), 1);
	if (defined $last && index($last, $prefix) == 0 && length($chunk) + length($entry) <= PkFormat::CHUNK_MAX) {
		$position = unpack('Q>', substr($last, length($prefix)));
		$entry = $chunk . $entry;
	}
	$self->put_record($id, PkFormat::ITEM, pack('Q>', $position), $entry);
	$header->[PkFormat::COUNT]++;
}

sub set_own {
	my ($self, $id, @own) = @_;
	pop @own while @own && !$own[-1];
	$self->touch($id)->[PkFormat::OWN] = @own ? \@own : undef;
}

# Whether there was room.
sub queue_put {
	my ($self, $id, $value) = @_;
	my $header = $self->header($id);
	return 0 if $header->[PkFormat::LIMIT] && $header->[PkFormat::COUNT] >= $header->[PkFormat::LIMIT];
	my @own = @{ $header->[PkFormat::OWN] // [] };
	$self->put_record($id, PkFormat::ITEM, pack('Q>', $own[PkFormat::NEXT] // 0), $cbor->encode($value));
	$own[PkFormat::NEXT]++;
	$own[PkFormat::UNFINISHED]++;
	$self->set_own($id, map { $_ // 0 } @own);
	$self->touch($id)->[PkFormat::COUNT]++;
	return 1;
}

# The oldest item's value, done at once; undef when there is no item.
sub queue_get {
	my ($self, $id) = @_;
	my $prefix = PkFormat::object_key($id, PkFormat::ITEM);
	my ($key, $record) = $self->seek_record($prefix);
	return undef unless defined $key && index($key, $prefix) == 0;
	my ($value) = $cbor->decode_prefix($record);
	my $header = $self->touch($id);
	my @own = @{ $header->[PkFormat::OWN] };
	$header->[PkFormat::BYTES] -= length($key) - length($prefix) + length($record);
	$header->[PkFormat::COUNT]--;
	$own[PkFormat::UNFINISHED]--;
	$self->set_own($id, @own);
	$self->{db}->del($key);
	return $value;
}

sub set_value {
	my ($self, $id, $value) = @_;
	$self->put_record($id, PkFormat::ITEM, '', $cbor->encode($value));
	$self->touch($id)->[PkFormat::COUNT] = 1;
}

1;
