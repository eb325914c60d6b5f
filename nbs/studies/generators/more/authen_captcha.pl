# Authen::Captcha, default sizes and images; the number of characters has no default: 4, 5 and 6 by turns
use strict; use warnings; use Authen::Captcha; use File::Copy; use File::Temp 'tempdir';
my ($n,$out)=@ARGV; mkdir $out; my %seen; my $k=0;
my $tmp=tempdir(CLEANUP=>1); mkdir "$tmp/d"; mkdir "$tmp/o";
while($k<$n){
  my $c=Authen::Captcha->new(data_folder=>"$tmp/d",output_folder=>"$tmp/o");
  my($token,$text)=$c->generate_code(4+$k%3);
  unlink "$tmp/d/codes.txt";
  if($seen{$text}++){unlink "$tmp/o/$token.png"; next}
  move("$tmp/o/$token.png",sprintf("%s/%s.%d.png",$out,$text,$k++)) or die;
}
