"""Records of distinct-training-data, read from its standard output by a thread of their own."""
import queue
import subprocess
import threading

import numpy as np

HEIGHT, WIDTH = 192, 168  # of a picture at 250 dpi
PATCH = 72  # more than the network sees: room to turn, shift and scale


class _Pipe:
    def __init__(self, program, verb, seed, first, impressions):
        self.process = subprocess.Popen(
            [
                program,
                verb,
                '--seed',
                str(seed),
                '--first',
                str(first),
                '--impressions',
                str(impressions),
            ],
            stdout=subprocess.PIPE,
            bufsize=1 << 20,
        )

    def array(self, dtype, *shape):
        count = int(np.prod(shape)) * np.dtype(dtype).itemsize
        data = self.process.stdout.read(count)
        if len(data) < count:
            raise EOFError('distinct-training-data stopped; run it by hand to see why')
        return np.frombuffer(data, dtype).reshape(shape)


def _picture(pipe):
    context = pipe.array(np.int8, HEIGHT, WIDTH)
    ridge = pipe.array(np.int8, HEIGHT, WIDTH)
    mask = pipe.array(np.uint8, HEIGHT, WIDTH)
    count = int(pipe.array(np.uint32, 1)[0])
    return context, ridge, mask, pipe.array(np.float32, count, 4)


def _patches(pipe):
    count = int(pipe.array(np.uint32, 1)[0])
    record = np.dtype([('point', '<u4'), ('impression', '<u4'), ('patch', 'i1', (PATCH, PATCH))])
    return pipe.array(record, count)


class Stream:
    """An endless stream of fingers: next() gives (finger, what `verb` says of it)."""

    READERS = {'pictures': _picture, 'patches': _patches}

    def __init__(self, program, verb, seed, first, impressions, ahead=64):
        self.pipe = _Pipe(program, verb, seed, first, impressions)
        self.queue = queue.Queue(ahead)
        reader = self.READERS[verb]
        per_finger = impressions if verb == 'pictures' else 1

        def read():
            finger = first
            try:
                while True:
                    for _ in range(per_finger):
                        self.queue.put((finger, reader(self.pipe)))
                    finger += 1
            except (EOFError, ValueError) as error:
                self.queue.put(error)

        threading.Thread(target=read, daemon=True).start()

    def __next__(self):
        item = self.queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    def close(self):
        self.pipe.process.kill()
        self.pipe.process.wait()
