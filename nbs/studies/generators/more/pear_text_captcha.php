<?php // PEAR Text_CAPTCHA, Image driver, default options (the default font COUR.TTF is not shipped: Liberation Mono stands in), PNG output
error_reporting(E_ALL & ~E_DEPRECATED & ~E_NOTICE & ~E_WARNING);
require_once 'Text/CAPTCHA.php';
[$_, $n, $out, $font] = $argv; @mkdir($out); $seen=[]; $k=0;
while ($k<$n) {
  $c=Text_CAPTCHA::factory('Image');
  $c->init(['output'=>'png','imageOptions'=>['font_path'=>dirname($font).'/','font_file'=>basename($font)]]);
  $t=$c->getPhrase(); if(isset($seen[$t])) continue; $seen[$t]=1;
  $r=$c->getCAPTCHA(); if(!is_string($r)) {var_dump($r); exit(1);}
  file_put_contents("$out/$t.$k.png",$r); $k++;
}
