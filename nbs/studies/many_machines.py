#!/usr/bin/env python3
"""Read the same images with one process, `datasets`, Ray Data and Spark, and compare: python many_machines.py

The reader is the bundled digits6 as an ONNX file, so workers start fast. Set OMP_NUM_THREADS=1, as a cluster's workers
have it. A row is appended to the table: images a second from the first batch that is done to the last, seconds with the
start, how many texts and errors equal those of one process, and the largest difference in confidence. Run
`--engine 'one process'` first."""
import argparse, csv, os, pickle, time
from pathlib import Path
import numpy as np
from captcha_ocr.reader import BatchReader, CaptchaReader
from captcha_ocr.image import encode_png
from captcha_ocr.synth import draw_captcha

BATCH = 100


class Timed(BatchReader):
    "Notes when each batch was done"
    def __call__(self, batch):
        res = super().__call__(batch)
        return {**res, 'at': np.full(len(res['text']), time.time())}


def prepare(work, n):
    "Make the ONNX file and `n` rows of 1,000 images, two of which cannot be read"
    work.mkdir(exist_ok=True)
    if not (work/'reader.onnx').exists(): CaptchaReader.load('digits6').export_onnx(work/'reader.onnx')
    images = [encode_png(draw_captcha('digits6', 'many', i)[0]) for i in range(1000)]
    rows = [dict(i=i, image=images[i % 1000]) for i in range(n)]
    rows[17]['image'], rows[18]['image'] = b'no image', None
    (work/'images.pickle').write_bytes(pickle.dumps(rows))


def one(rows, reader, workers):
    read = Timed(reader, drop=True)
    for i in range(0, len(rows), BATCH):
        batch = rows[i:i+BATCH]
        res = read({k: [o[k] for o in batch] for k in ('i', 'image')})
        yield from (dict(zip(res, o)) for o in zip(*res.values()))


def hf_datasets(rows, reader, workers):
    import datasets
    datasets.disable_progress_bars()
    ds = datasets.Dataset.from_list(rows)
    return ds.map(Timed(reader), batched=True, batch_size=BATCH, num_proc=workers, remove_columns='image',
                  load_from_cache_file=False)


def ray_data(rows, reader, workers):
    import ray
    ray.init(num_cpus=workers, include_dashboard=False, logging_level='ERROR')
    try:
        ds = ray.data.from_items(rows, override_num_blocks=20)
        return ds.map_batches(Timed, fn_constructor_args=[reader], fn_constructor_kwargs=dict(drop=True),
                              batch_size=BATCH, compute=ray.data.ActorPoolStrategy(size=workers)).take_all()
    finally: ray.shutdown()


def spark(rows, reader, workers):
    from pyspark.ml.functions import predict_batch_udf
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType
    def load():
        read = Timed(reader, drop=True)
        return lambda image: {k: np.array(v) for k, v in read(dict(image=image)).items()}
    session = SparkSession.builder.master(f'local[{workers}]').config('spark.ui.enabled', False).getOrCreate()
    session.sparkContext.setLogLevel('OFF')
    columns = StructType().add('text', 'string').add('confidence', 'double').add('error', 'string').add('at', 'double')
    read = predict_batch_udf(load, return_type=columns, batch_size=BATCH)
    table = [(o['i'], o['image'] and bytearray(o['image'])) for o in rows]
    try:
        df = session.createDataFrame(table, 'i int, image binary')
        return [o.asDict() for o in df.select('i', read('image').alias('r')).select('i', 'r.*').collect()]
    finally: session.stop()


ENGINES = {'one process': one, 'datasets': hf_datasets, 'Ray Data': ray_data, 'Spark': spark}


def compare(res, ref):
    "How many texts and errors are the same, and how far the confidences differ"
    same = {f'same_{k}s': sum(a[k] == b[k] for a, b in zip(res, ref)) for k in ('text', 'error')}
    difference = max(abs(a['confidence']-b['confidence']) for a, b in zip(res, ref))
    return dict(same, unread=sum(o['text'] is None for o in res), difference=difference)


def main(n, engine, workers, out, work):
    if not (work/'images.pickle').exists(): prepare(work, n)
    rows, ref = pickle.loads((work/'images.pickle').read_bytes()), work/'one.pickle'
    start = time.time()
    res = sorted(ENGINES[engine](rows, str(work/'reader.onnx'), workers), key=lambda o: o['i'])
    seconds = time.time()-start
    if engine == 'one process': ref.write_bytes(pickle.dumps(res))
    at = np.array([o['at'] for o in res])
    rate = (at > at.min()).sum()/(at.max()-at.min())
    row = dict(engine=engine, workers=workers, images=len(res), rate=round(float(rate), 1), seconds=round(seconds, 1),
               **compare(res, pickle.loads(ref.read_bytes())), cores=os.cpu_count(), load=round(os.getloadavg()[0], 1))
    fresh = not out.exists()
    with out.open('a', newline='') as f:
        writer = csv.DictWriter(f, row)
        if fresh: writer.writeheader()
        writer.writerow(row)
    print(row)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--n', type=int, default=10_000, help='images')
    parser.add_argument('--engine', choices=ENGINES, default='one process')
    parser.add_argument('--workers', type=int, default=1, help='processes')
    parser.add_argument('--out', type=Path, default=Path('many_machines.csv'), help='table that gets another row')
    parser.add_argument('--work', type=Path, default=Path('many_machines'), help='folder for images and readings')
    main(**vars(parser.parse_args()))
