#!/usr/bin/env python3
"""Send `captcha_ocr_serve` many requests, and broken files, and compare every answer with what `reader.read` says.

    python nbs/studies/serve_load.py                       # 50,000 requests of 16 clients, into serve_load.json
    python nbs/studies/serve_load.py --requests 300 --broken 100 --out /tmp/serve_load.json

It starts the server in a process of its own, as a shell does, and stops it with kill -9. Needs PyTorch to draw and to export
(or name an .onnx file); the server doesn't."""
import argparse, json, os, random, signal, socket, struct, subprocess, sys, tempfile, threading, time, zlib
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
import numpy as np
from captcha_ocr.image import UnreadableImage
from captcha_ocr.reader import CaptchaReader
from captcha_ocr.synth import draw_captcha

here = Path(__file__).parent
ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument('--requests', type=int, default=50_000)
ap.add_argument('--clients', type=int, default=16)
ap.add_argument('--images', type=int, default=100)
ap.add_argument('--broken', type=int, default=2_000)
ap.add_argument('--minutes', type=float, default=600, help='stop sending after so long')
ap.add_argument('--starts', type=int, default=5, help='how often to start the server, to time it')
ap.add_argument('--reader', default='upper36', help='an .onnx file, or a bundled reader')
ap.add_argument('--out', default=str(here/'serve_load.json'))


def png(i, preset):
    f = BytesIO()
    draw_captcha(preset, 'serve', i)[0].save(f, 'PNG')
    return f.getvalue()


def robustness():
    "The whole images and the ways to break them of robustness.ipynb"
    cells = [''.join(o['source']) for o in json.loads((here/'robustness.ipynb').read_text())['cells'] if o['cell_type'] == 'code']
    names = dict(draw_captcha=draw_captcha, BytesIO=BytesIO, struct=struct, zlib=zlib, random=random)
    for o in cells:
        if 'WHOLE = ' in o or 'BREAK = ' in o: exec(o.rpartition('\n{k:')[0] or o, names)
    return names['WHOLE'], names['BREAK']


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as s: return s.getsockname()[1]


class Client:
    "A connection that stays open, and opens again"
    def __init__(self, port): self.conn = HTTPConnection('127.0.0.1', port, timeout=120)
    def post(self, body, path='/read'):
        "Status, JSON, milliseconds"
        t = time.perf_counter()
        self.conn.request('POST', path, body, {'Content-Type':'application/octet-stream'})
        res = self.conn.getresponse()
        raw = res.read()
        return res.status, json.loads(raw), 1e3*(time.perf_counter()-t)


def start(reader, port, image):
    "A server, and the seconds from its start to its first answer"
    t = time.perf_counter()
    proc = subprocess.Popen([sys.executable, '-m', 'captcha_ocr', 'serve', reader, '--port', str(port)], stdout=subprocess.DEVNULL)
    while True:
        try:
            status,_,_ = Client(port).post(image)
            assert status == 200, status
            return proc, time.perf_counter()-t
        except ConnectionError:
            if proc.poll() is not None: sys.exit('the server has ended')
            time.sleep(.005)


def kill(proc):
    proc.send_signal(signal.SIGKILL)
    proc.wait()


def used(proc):
    "Resident memory in MB, and seconds of CPU, of a process; not known where there is no /proc"
    if not os.path.isdir('/proc/self'): return float('nan'), float('nan')
    rss = next(o for o in Path(f'/proc/{proc.pid}/status').read_text().splitlines() if o.startswith('VmRSS'))
    cpu = Path(f'/proc/{proc.pid}/stat').read_text().rpartition(')')[2].split()[11:13]
    return int(rss.split()[1])/1e3, sum(map(int, cpu))/os.sysconf('SC_CLK_TCK')


def quantiles(ms): return dict(n=len(ms), p50=float(np.quantile(ms, .5)), p99=float(np.quantile(ms, .99)))


def same(status, answer, want):
    "Whether an answer says exactly what `reader.read` said"
    if status != 200: return False
    got, = answer['readings']
    return [got[k] for k in want._fields] == [list(o) if isinstance(o, tuple) else o for o in want]


def load(proc, port, images, want, n, clients, minutes=600):
    "What `clients` heard of `n` requests, or of as many as there was time for"
    todo,lock,times,wrong,memory = iter(range(n)), threading.Lock(), [], [], []
    marks,end = {n*i//10 for i in range(10)}, time.monotonic()+60*minutes
    def take():
        with lock: return next(todo, None) if time.monotonic() < end else None
    def run():
        client = Client(port)
        while (i := take()) is not None:
            k = random.Random(i).randrange(len(images))
            try: status,answer,ms = client.post(images[k])
            except Exception as e: status,answer,ms,client = None, repr(e), float('inf'), Client(port)
            times.append(ms)
            if not same(status, answer, want[k]): wrong.append((i, status, answer))
            if i in marks: memory.append((i, used(proc)[0]))
    threads = [threading.Thread(target=run) for _ in range(clients)]
    (_,cpu),t = used(proc), time.perf_counter()
    for o in threads: o.start()
    for o in threads: o.join()
    seconds,(rss,after) = time.perf_counter()-t, used(proc)
    n = len(times)
    memory = [round(o, 1) for _,o in sorted(memory)] + [round(rss, 1)]
    for o in wrong[:5]: print('wrong:', o, file=sys.stderr)
    return dict(quantiles(times), clients=clients, wrong=len(wrong), requests_a_second=n/seconds, cpu_ms=1e3*(after-cpu)/n, memory_MB=memory)


def broken(port, reader, n):
    "How many of `n` broken files were read, and how many refused with a sentence, as `reader.read` does"
    (WHOLE,BREAK),client = robustness(), Client(port)
    counts = dict(read=0, refused=0, otherwise=0)
    for i in range(n):
        rng = random.Random(f'serve/{i}')
        raw = rng.choices(BREAK, [1,4,4,4,2,2,.2])[0](WHOLE[rng.choice(list(WHOLE))], rng)
        status,answer,_ = client.post(raw)
        try: good = same(status, answer, reader.read(raw))
        except UnreadableImage: good = status == 422 and bool(answer['error'])
        counts['otherwise' if not good else 'read' if status == 200 else 'refused'] += 1
    return counts


def alone(reader, images, n):
    "Milliseconds of `reader.read`, in this process"
    times,cpu = [],time.process_time()
    for i in range(n):
        t = time.perf_counter()
        reader.read(images[i % len(images)])
        times.append(1e3*(time.perf_counter()-t))
    return dict(quantiles(times), cpu_ms=1e3*(time.process_time()-cpu)/n)


def main():
    args = ap.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        path = args.reader
        if not path.endswith('.onnx'): path = str(CaptchaReader.load(path).export_onnx(f'{tmp}/{path}.onnx'))
        reader = CaptchaReader.load(path, threads=1)
        images = [png(i, 'upper36') for i in range(args.images)]
        want = [reader.read(o) for o in images]
        few,port = min(1000, args.requests), free_port()
        res = dict(reader=Path(path).stem, images=len(images), different=len({o[1:] for o in want}), alone=alone(reader, images, few), starts=[])
        for i in range(args.starts):
            proc,seconds = start(path, port, images[0])
            res['starts'].append(dict(seconds=seconds, cpu=used(proc)[1]))   # from the second on, after a kill -9
            if i < args.starts-1: kill(proc)
        try:
            res['one_client'] = load(proc, port, images, want, few, 1)
            res['broken'] = broken(port, reader, args.broken)
            res['load'] = load(proc, port, images, want, args.requests, args.clients, args.minutes)
            res['broken_after'] = broken(port, reader, args.broken//10)
        finally: kill(proc)
    Path(args.out).write_text(json.dumps(res, indent=1)+'\n')
    print(json.dumps(res, indent=1))
    if bad := res['load']['wrong'] + res['one_client']['wrong'] + res['broken']['otherwise']: sys.exit(f'{bad} answers were wrong')


if __name__ == '__main__': main()
