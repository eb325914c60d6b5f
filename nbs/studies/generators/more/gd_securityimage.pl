# GD::SecurityImage. Its bare defaults (black digits under black lines and black dots) cannot be read even by a person,
# so this uses the options and styles of the demo that the package ships (examples/demo.pl: all_options for GD x all_styles,
# one of each drawn at random, as the demo does), with the demo's StayPuft font and its text (6 digits);
# only its statistics strip is left off.
use strict; use warnings; use GD::SecurityImage; use String::Random;
our %config=(font=>'/usr/share/fonts/truetype/staypuft/StayPuft.ttf');
my $src=do{local(@ARGV,$/)='/usr/share/doc/libgd-securityimage-perl/examples/demo.pl'; <>};
for my $s (qw(_random all_options all_styles)){ $src=~/^(sub $s \{.*?\}$)/ms or die $s; my $c=$1; $src=~/^(sub $s \{.*?^\})/ms and $c=$1 if $s ne '_random'; eval $c; die $@ if $@ }
my ($n,$out)=@ARGV; mkdir $out; my %seen; my $k=0; my $self={IS_GD=>1};
my %o=all_options($self); my %s=all_styles($self); my @o=sort keys %o; my @s=sort keys %s;
while($k<$n){
  my $t=_random(); next if $seen{$t}++;
  my $s=$s{$s[rand @s]};
  my $i=GD::SecurityImage->new(lines=>$s->{lines},bgcolor=>$s->{bgcolor},%{$o{$o[rand @o]}});
  $i->random($t)->create(ttf=>$s->{name},$s->{text_color},$s->{line_color})->particle($s->{dots}?($s->{particle},$s->{dots}):($s->{particle}));
  my($data,$type,$text)=$i->out(force=>'png'); die unless $text eq $t;
  open my $f,'>:raw',"$out/$t.".$k++.".png" or die; print $f $data; close $f;
}
