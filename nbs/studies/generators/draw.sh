#!/usr/bin/env bash
# Draw 1,100 labelled images with each generator: draw.sh FOLDER FONTS, where FONTS holds four fonts of DejaVu
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && dest=$(cd "$1" && pwd) && fonts=$(cd "$2" && pwd)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent svg-captcha captchapng trek-captcha @resvg/resvg-js
NODE_PATH="$work/node_modules" node "$here/draw.js" "$dest"
python3 -m venv new && new/bin/pip install -q wheezy.captcha CaptchaGenerator CaptchaGen
new/bin/python "$here/draw.py" "$dest" "$fonts"
python3 -m venv old && old/bin/pip install -q 'pillow<10' claptcha
old/bin/python "$here/draw_claptcha.py" "$dest" "$fonts/DejaVuSans.ttf"
