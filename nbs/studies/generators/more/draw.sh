#!/usr/bin/env bash
# Draw labelled images with each of ten more generators: draw.sh FOLDER [N], on Debian, as root, with Node.js
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && dest=$(cd "$1" && pwd) && n=${2:-1000}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
apt-get install -qqy php-cli php-gd php-gregwar-captcha php-text-captcha ruby imagemagick fonts-liberation fonts-staypuft \
    libgd-securityimage-perl libauthen-captcha-perl libstring-random-perl >/dev/null
cd "$work"
apt-get download -qq ruby-simple-captcha2 && dpkg -x ruby-simple-captcha2*.deb ruby   # without Rails
npm install --silent captcha.gif react-simple-captcha @napi-rs/canvas --legacy-peer-deps
python3 -m venv venv && venv/bin/pip install -q django-simple-captcha multicolorcaptcha easy-captcha-python setuptools
fonts=/usr/share/fonts/truetype/liberation
export NODE_PATH="$work/node_modules"
perl "$here/gd_securityimage.pl" "$n" "$dest/gd_securityimage"
perl "$here/authen_captcha.pl" "$n" "$dest/authen_captcha"
php "$here/gregwar.php" "$n" "$dest/gregwar"
php "$here/pear_text_captcha.php" "$n" "$dest/pear_text_captcha" "$fonts/LiberationMono-Regular.ttf"
ruby "$here/simple_captcha2.rb" "$n" "$dest/simple_captcha2" ruby/usr/lib/ruby/vendor_ruby
node "$here/captcha_gif.js" "$n" "$dest/captcha_gif"
node "$here/react_simple_captcha.js" "$n" "$dest/react_simple_captcha" "$fonts"
for o in django_simple_captcha multicolorcaptcha easy_captcha_python; do venv/bin/python "$here/$o.py" "$n" "$dest/$o"; done
