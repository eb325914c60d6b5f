"Ask headless Chromium: a page is served with some folders, and what its script posts to /found comes back"
import http.server, json, os, shutil, subprocess, tempfile, threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

NAMES = 'chromium', 'chromium-browser', 'google-chrome', 'chrome'
NONE = 'No Chromium here: {} Debian has it as chromium.'


def find_chromium(): return next(filter(None, map(shutil.which, NAMES)), None)


def _handler(html, folders, found, asked, done):
    class Handler(http.server.SimpleHTTPRequestHandler):
        extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, '.js': 'text/javascript', '.mjs': 'text/javascript',
                          '.wasm': 'application/wasm'}
        def log_message(self, *args): pass
        def translate_path(self, path):
            path = unquote(urlsplit(path).path)
            asked.append(path)
            top = max((o for o in folders if path.startswith(o)), key=len)
            return folders[top] + os.path.normpath('/' + path[len(top):]).rstrip('/')
        def do_GET(self):
            if self.path != '/harness': return super().do_GET()
            self.answer(html.encode(), 'text/html; charset=utf-8')
        def do_POST(self):
            if self.path != '/found': return self.send_error(405)
            found.append(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
            self.answer(b'', 'text/plain')
            done.set()
        def answer(self, body, kind):
            self.send_response(200)
            self.send_header('Content-Type', kind)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    return Handler


def ask_chromium(
    html,        # A page; its script posts JSON to /found
    folders,     # What is served beside it: path of the address, with slashes around it, to folder
    seconds=300, # To wait for the answer
    asked=None   # A list: gets the path of each request
):
    "What the script posted; None if it posted nothing in time. The browser reaches no other machine"
    found, done = [], threading.Event()
    handler = _handler(html, {k: str(v) for k, v in folders.items()}, found, [] if asked is None else asked, done)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
                f'--user-data-dir={profile}', '--window-size=1400,1000', '--remote-debugging-port=0', f'http://127.0.0.1:{server.server_port}/harness']
        proc = subprocess.Popen([find_chromium(), *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        done.wait(seconds)
        proc.terminate()
        proc.wait()
    server.shutdown()
    return found[0] if found else None
