"""Takes memory in one process."""

held: list[bytearray] = []
while True:
    held.append(bytearray(16 << 20))
