"""How many of each product are there, kept in a small database."""

import sqlite3


class Stock:
    """Quantities by product code."""

    def __init__(self, path: str = ":memory:") -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("create table if not exists stock (code text primary key, quantity integer)")

    def put(self, code: str, quantity: int) -> None:
        """Adds to what is there."""
        self._connection.execute(
            "insert into stock values (?, ?) on conflict (code) do update set quantity = quantity + excluded.quantity",
            (code, quantity),
        )
        self._connection.commit()

    def of(self, code: str) -> int:
        """Zero for a code nobody knows."""
        row = self._connection.execute("select quantity from stock where code = ?", (code,)).fetchone()
        return int(row[0]) if row else 0

    def take(self, code: str, quantity: int) -> bool:
        """Whether there were enough; nothing is taken otherwise."""
        if self.of(code) < quantity:
            return False
        self.put(code, -quantity)
        return True

    def close(self) -> None:
        """No use after this."""
        self._connection.close()
