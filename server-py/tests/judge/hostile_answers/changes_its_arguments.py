def f(x):
    if isinstance(x, list):
        x.clear()
        return x
