<?php // Gregwar\Captcha: CaptchaBuilder with no options, saved as the library saves (JPEG, quality 90)
error_reporting(E_ALL & ~E_DEPRECATED);
require '/usr/share/php/Gregwar/Captcha/autoload.php';
use Gregwar\Captcha\CaptchaBuilder;
[$_, $n, $out] = $argv; @mkdir($out); $seen=[]; $k=0;
while ($k<$n) {
  $b=new CaptchaBuilder; $t=$b->getPhrase(); if(isset($seen[$t])) continue; $seen[$t]=1;
  $b->build(); $b->save("$out/$t.$k.jpg"); $k++;
}
