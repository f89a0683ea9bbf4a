def f(x):
    value = [1]
    for _ in range(39): value = [value, value]
    return value
