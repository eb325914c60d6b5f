#!/usr/bin/env python3
"""Read the same images with one process, `datasets`, Ray Data and Spark, and compare: python many_machines.py

Appends a row to many_machines.csv for each engine and number of workers: images a second from the first batch that is done to
the last, seconds with the start, how many texts and errors equal one process's, and the largest difference in confidence."""
import csv, os, pickle, time
from pathlib import Path
import numpy as np
from fastcore.script import call_parse
from captcha_ocr.reader import BatchReader
from captcha_ocr.synth import create_captcha_dataset

READER, BATCH = 'digits6', 100


class Timed(BatchReader):
    "Notes when each batch was done"
    def __call__(self, batch):
        res = super().__call__(batch)
        return {**res, 'at': np.full(len(res['text']), time.time())}


def images(n):
    "Number and bytes of `n` images, two of which cannot be read"
    from datasets import Image
    raw = create_captcha_dataset(n, READER, 'many').cast_column('image', Image(decode=False))['image']
    res = [dict(i=i, image=o['bytes']) for i, o in enumerate(raw)]
    res[17]['image'], res[18]['image'] = b'no image', None
    return res


def one(rows, workers):
    read = Timed(READER, drop=True)
    for i in range(0, len(rows), BATCH):
        batch = rows[i:i+BATCH]
        res = read({k: [o[k] for o in batch] for k in ('i', 'image')})
        yield from (dict(zip(res, o)) for o in zip(*res.values()))


def hf_datasets(rows, workers):
    import datasets
    datasets.disable_progress_bars()
    ds = datasets.Dataset.from_list(rows)
    return ds.map(Timed(READER), batched=True, batch_size=BATCH, num_proc=workers, remove_columns='image', load_from_cache_file=False)


def ray_data(rows, workers):
    import ray
    ray.init(num_cpus=workers, include_dashboard=False, logging_level='ERROR')
    try:
        ds = ray.data.from_items(rows, override_num_blocks=20)
        return ds.map_batches(Timed, fn_constructor_args=[READER], fn_constructor_kwargs=dict(drop=True), batch_size=BATCH,
                              compute=ray.data.ActorPoolStrategy(size=workers)).take_all()
    finally: ray.shutdown()


def spark(rows, workers):
    from pyspark.ml.functions import predict_batch_udf
    from pyspark.sql import SparkSession
    def load():
        read = Timed(READER, drop=True)
        return lambda image: {k: np.array(v) for k, v in read(dict(image=image)).items()}
    session = SparkSession.builder.master(f'local[{workers}]').config('spark.ui.enabled', False).getOrCreate()
    session.sparkContext.setLogLevel('OFF')
    read = predict_batch_udf(load, return_type='struct<text:string,confidence:double,error:string,at:double>', batch_size=BATCH)
    try:
        df = session.createDataFrame([(o['i'], o['image'] and bytearray(o['image'])) for o in rows], 'i int, image binary')
        return [o.asDict() for o in df.select('i', read('image').alias('r')).select('i', 'r.*').collect()]
    finally: session.stop()


ENGINES = {'one process': one, 'datasets': hf_datasets, 'Ray Data': ray_data, 'Spark': spark}


@call_parse
def main(
    n: int = 10_000,  # Images
    engine: str = 'one process',  # One of ENGINES
    workers: int = 1,  # Processes
    out: str = 'many_machines.csv',  # Table that gets another row
    want: str = '/tmp/many_machines.pickle'  # Where the readings of one process are kept, to compare with
):
    rows, out, want = images(n), Path(out), Path(want)
    start = time.time()
    res = sorted(ENGINES[engine](rows, workers), key=lambda o: o['i'])
    seconds = time.time()-start
    if engine == 'one process': want.write_bytes(pickle.dumps(res))
    ref = pickle.loads(want.read_bytes())
    at = np.array([o['at'] for o in res])
    same = {k: sum(a[k] == b[k] for a, b in zip(res, ref)) for k in ('text', 'error')}
    row = dict(engine=engine, workers=workers, images=len(res), rate=round((at > at.min()).sum()/(at.max()-at.min()), 1),
               seconds=round(seconds, 1), same_texts=same['text'], same_errors=same['error'], unread=sum(o['text'] is None for o in res),
               difference=max(abs(a['confidence']-b['confidence']) for a, b in zip(res, ref)), cores=os.cpu_count(),
               load=round(os.getloadavg()[0], 1))
    fresh = not out.exists()
    with out.open('a', newline='') as f:
        writer = csv.DictWriter(f, row)
        if fresh: writer.writeheader()
        writer.writerow(row)
    print(row)
